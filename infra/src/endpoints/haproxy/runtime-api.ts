import type { Backend } from '@holdfast/domain';
import { NOWHERE, PRIMARY_SLOT, READ_ONLY, READ_WRITE, replicaSlot } from './render-config.js';
import { sameServer, type RoutingState } from './routing-state.js';

/** A server of the running HAProxy. */
export interface ServerState {
  readonly backend: string;
  readonly slot: string;
  readonly host: string;
  readonly port: number;
  /** Connections may be led there, unless its check fails. */
  readonly enabled: boolean;
}

export const SHOW_SERVERS = 'show servers state';

/** Bit of srv_admin_state (SRV_ADMF_CMAINT): how the file had it, which says nothing of now. Any other bit means maintenance or drained. */
const DISABLED_IN_FILE = 0x04;

/**
 * The answer to `show servers state`: a line with the format's number, one with the columns' names, then one for each server.
 * Columns are found by name, since versions of HAProxy add some.
 */
export const parseServers = (answer: string): ServerState[] => {
  const lines = answer.split('\n').map((line) => line.trim());
  const header = lines.find((line) => line.startsWith('# be_id'));
  if (header === undefined) throw new Error(`HAProxy's answer is not a list of servers: ${answer.slice(0, 200)}`);
  const columns = header.slice(2).split(' ');
  return lines
    .slice(lines.indexOf(header) + 1)
    .map((line) => line.split(' '))
    .filter((words) => words.length >= columns.length)
    .map((words) => {
      const field = (name: string): string => words[columns.indexOf(name)] ?? '';
      const enabled = (Number(field('srv_admin_state')) & ~DISABLED_IN_FILE) === 0;
      return { backend: field('be_name'), slot: field('srv_name'), host: field('srv_addr'), port: Number(field('srv_port')), enabled };
    });
};

/**
 * What must be said to the running HAProxy so that it does what the state wants. Servers that are as they should be are not
 * touched. One that is led to no more is put into maintenance before its connections are ended: none can come in between.
 */
export const commandsFor = (state: RoutingState, running: readonly ServerState[]): string[] => {
  const changes = wantedServers(state).map(({ backend, slot, wanted }) => {
    const now = running.find((server) => server.backend === backend && server.slot === slot);
    if (!now) throw new Error(`The running HAProxy has no server ${backend}/${slot}.`);
    const held = backend === READ_WRITE && wanted === undefined;
    return held ? holdOf(`${backend}/${slot}`, now) : changeOf(`${backend}/${slot}`, now, wanted);
  });
  return changes.flat();
};

/**
 * New connections wait; those that are there go on until the old primary itself ends them by its stop. Ending them here would only
 * make the pause for writers longer. Whatever is left of them is ended when the slot leads elsewhere.
 */
const holdOf = (server: string, now: ServerState): string[] => (now.enabled ? [`set server ${server} state maint`] : []);

const changeOf = (server: string, now: ServerState, wanted: Backend | undefined): string[] => {
  if (wanted && now.enabled && sameServer(now, wanted)) return [];
  const end = `shutdown sessions server ${server}`;
  // Said again for one that is in maintenance already: an earlier call may have been killed between the two commands.
  const leave = now.enabled ? [`set server ${server} state maint`, end] : wasUsed(now) ? [end] : [];
  if (!wanted) return leave;
  return [...leave, `set server ${server} addr ${wanted.host} port ${wanted.port}`, `set server ${server} state ready`];
};

const wasUsed = (now: ServerState): boolean => !sameServer(now, NOWHERE);

const wantedServers = (state: RoutingState): { backend: string; slot: string; wanted: Backend | undefined }[] => [
  { backend: READ_WRITE, slot: PRIMARY_SLOT, wanted: state.readWrite },
  ...state.replicas.map((wanted, index) => ({ backend: READ_ONLY, slot: replicaSlot(index), wanted })),
];

/** Slots that are not as the state wants them; empty when all is well. */
export const differences = (state: RoutingState, running: readonly ServerState[]): string[] =>
  wantedServers(state)
    .filter(({ backend, slot, wanted }) => {
      const now = running.find((server) => server.backend === backend && server.slot === slot);
      return wanted ? !now?.enabled || !sameServer(now, wanted) : now?.enabled !== false;
    })
    .map(({ backend, slot }) => `${backend}/${slot}`);
