import { PortTaken, type RegisteredHost } from '@holdfast/domain';
import { LISTENERS } from './host-scripts.js';
import { tellHost } from './host-session.js';
import type { SshTransport } from './ssh-transport.js';

const ASK_MS = 30_000;

/** The first of these ports that somebody listens on, and who. Throws TransportFailed and MachineUnreachable. */
export const portTakenOn = async (host: RegisteredHost, transport: SshTransport, ports: readonly number[], timeoutMs = ASK_MS): Promise<PortTaken | undefined> => {
  if (ports.length === 0) return undefined;
  const listeners = await tellHost(transport, `Asking ${host.id} who listens`, { script: LISTENERS, args: ports.map(String), timeoutMs });
  const [, port, pid, name] = /^(\d+) (\d+) (.*)$/m.exec(listeners) ?? [];
  if (port === undefined) return undefined;
  return new PortTaken(host.address, Number(port), pid === '0' ? 'a program whose name cannot be told' : `${name} (pid ${pid})`);
};
