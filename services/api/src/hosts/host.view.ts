import { hostStatusWord, type RegisteredHost } from '@holdfast/domain';
import { z } from 'zod';

export const hostView = z
  .object({
    id: z.string(),
    address: z.string(),
    port: z.int(),
    user: z.string(),
    status: z.enum(['unchecked', 'refused', 'free', 'in-use']),
    fingerprint: z.string().optional().meta({ description: 'Of the host key that it must show; pinned when it was first reached.' }),
    problems: z.array(z.object({ code: z.string(), detail: z.string() })).meta({ description: 'What the last check found: why it cannot be used.' }),
    measured: z
      .object({
        system: z.string().optional(),
        systemVersion: z.string().optional(),
        cpuCount: z.int().optional(),
        memoryBytes: z.int().optional(),
        diskFreeBytes: z.int().optional(),
        clockOffsetMs: z.int().optional().meta({ description: 'Its clock minus ours.' }),
      })
      .optional()
      .meta({ description: 'By the last check; absent before it.' }),
    machineId: z.string().optional().meta({ description: 'The machine it serves.' }),
    clusterId: z.string().optional(),
  })
  .meta({ id: 'Host' });

export type HostView = z.infer<typeof hostView>;

export const viewHost = (host: RegisteredHost): HostView => ({
  ...{ id: host.id, address: host.address, port: host.port, user: host.user, status: hostStatusWord(host) },
  ...(host.fingerprint === undefined ? {} : { fingerprint: host.fingerprint }),
  problems: (host.check?.problems ?? []).map(({ code, detail }) => ({ code, detail })),
  ...(host.check === undefined ? {} : { measured: measuredOf(host.check.measured) }),
  ...(host.assignment === undefined ? {} : { machineId: host.assignment.machineId, clusterId: host.assignment.clusterId }),
});

type Measured = NonNullable<HostView['measured']>;

/** Only what is shown: facts may hold more. */
const measuredOf = ({ system, systemVersion, cpuCount, memoryBytes, diskFreeBytes, clockOffsetMs }: Measured): Measured =>
  Object.fromEntries(Object.entries({ system, systemVersion, cpuCount, memoryBytes, diskFreeBytes, clockOffsetMs }).filter(([, value]) => value !== undefined));
