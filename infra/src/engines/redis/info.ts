import type { Session } from './session.js';

/** `name:value` lines of INFO; sections and blank lines left out. Keeps the first of a name. */
export const parseInfo = (text: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at > 0 && !line.startsWith('#') && !fields.has(line.slice(0, at))) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  return fields;
};

/** One connected replica, as its upstream lists it. */
export interface ConnectedReplica {
  readonly host: string;
  readonly port: number;
  readonly online: boolean;
  /** What it confirmed last; it does so once a second. */
  readonly offset: number;
}

/** Where a server stands in replication. Field names: https://valkey.io/commands/info/ */
export interface ReplicationState {
  readonly role: 'primary' | 'replica';
  /** Names the history; `offset` counts its bytes that are applied here. */
  readonly replid: string;
  readonly replid2: string;
  readonly offset: number;
  /** On a replica: bytes received, applied or not. */
  readonly receivedOffset: number;
  readonly upstream?: { readonly host: string; readonly port: number };
  readonly linkUp: boolean;
  readonly syncing: boolean;
  readonly loading: boolean;
  readonly replicas: readonly ConnectedReplica[];
  readonly minReplicasToWrite: boolean;
  readonly serverVersion: string;
}

export const readState = async (session: Session): Promise<ReplicationState> => {
  // One command, so that all of it is of one moment.
  const info = parseInfo(await session.text('INFO', 'default'));
  return stateIn(info);
};

export const stateIn = (info: ReadonlyMap<string, string>): ReplicationState => {
  const number = (name: string): number => Number(info.get(name) ?? 0);
  const replica = info.get('role') === 'slave';
  const host = info.get('master_host');
  return {
    role: replica ? 'replica' : 'primary',
    replid: info.get('master_replid') ?? '',
    replid2: info.get('master_replid2') ?? '',
    offset: number(replica ? 'slave_repl_offset' : 'master_repl_offset'),
    receivedOffset: replica ? Math.max(number('slave_read_repl_offset'), number('slave_repl_offset')) : number('master_repl_offset'),
    ...(replica && host !== undefined ? { upstream: { host, port: number('master_port') } } : {}),
    linkUp: info.get('master_link_status') === 'up',
    syncing: info.get('master_sync_in_progress') === '1',
    loading: info.get('loading') === '1' || info.get('async_loading') === '1',
    replicas: [...info].filter(([name]) => /^slave\d+$/.test(name)).map(([, value]) => parseReplica(value)),
    minReplicasToWrite: info.has('min_slaves_good_slaves'),
    serverVersion: info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown',
  };
};

/** `ip=127.0.0.3,port=6379,state=online,offset=42,lag=0` */
const parseReplica = (value: string): ConnectedReplica => {
  const fields = new Map(value.split(',').map((field): [string, string] => [field.split('=')[0] ?? '', field.slice(field.indexOf('=') + 1)]));
  return { host: fields.get('ip') ?? '', port: Number(fields.get('port') ?? 0), online: fields.get('state') === 'online', offset: Number(fields.get('offset') ?? 0) };
};

/** A position is a history's name and how many bytes of it: `8371b4…:1042`. */
export const positionOf = ({ replid, offset }: Pick<ReplicationState, 'replid' | 'offset'>): string => `${replid}:${offset}`;

export const parsePosition = (position: string): { replid: string; offset: number } => {
  const match = /^([0-9a-f]{40}):(\d+)$/.exec(position);
  if (!match?.[1] || !match[2]) throw new Error(`${JSON.stringify(position)} is not a position in a replication history.`);
  return { replid: match[1], offset: Number(match[2]) };
};

/** Whether the position is one in the server's history, or in one that its history went on from. */
export const isOfHistory = (state: ReplicationState, position: string): boolean => [state.replid, state.replid2].includes(parsePosition(position).replid);

/** Whether a server has applied all up to the position. */
export const hasReached = (state: ReplicationState, position: string): boolean => isOfHistory(state, position) && state.offset >= parsePosition(position).offset;

/** One line of CLIENT LIST: `id=3 addr=127.0.0.1:5000 … user=app …`; values hold no blanks. */
export const parseClients = (text: string): ReadonlyMap<string, string>[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => new Map(line.split(' ').map((field): [string, string] => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)])));
