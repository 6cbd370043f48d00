import type { components } from '../api/schema.generated.js';
import type { CliContext } from '../context.js';
import { showBytes } from '../output/amounts.js';
import type { Column } from '../output/table.js';

export type HostView = components['schemas']['Host'];

const COLORS = { free: 'green', 'in-use': 'green', refused: 'red', unchecked: 'yellow' } as const;

export const hostColumns = (context: CliContext): readonly Column<HostView>[] => [
  { header: 'host', cell: (row) => row.id },
  { header: 'user', cell: (row) => row.user },
  { header: 'status', cell: (row) => row.status, paint: (text, row) => context.paint(COLORS[row.status], text) },
  { header: 'machine', cell: (row) => row.machineId },
  { header: 'system', cell: (row) => [row.measured?.system, row.measured?.systemVersion].filter((word) => word !== undefined).join(' ') },
  { header: 'cpus', cell: (row) => row.measured?.cpuCount },
  { header: 'memory', cell: (row) => amount(context, row.measured?.memoryBytes) },
  { header: 'disk free', cell: (row) => amount(context, row.measured?.diskFreeBytes) },
  { header: 'problems', cell: (row) => row.problems.map(({ code }) => code).join(', ') },
];

const amount = (context: CliContext, bytes: number | undefined): string | number | undefined => (bytes !== undefined && context.atTerminal ? showBytes(bytes) : bytes);

/** What the check found, for a person. */
export const sayFindings = (context: CliContext, host: HostView): void => {
  if (host.fingerprint !== undefined) context.print(`${host.id} shows the key ${host.fingerprint}.\n`);
  for (const { code, detail } of host.problems) context.print(`${context.paint('red', code)}: ${detail}\n`);
  if (host.problems.length === 0) context.print(`${host.id} can be used.\n`);
};
