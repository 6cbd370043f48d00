import type { EngineNode, LogPosition } from '@holdfast/domain';
import { readIfThere } from '../../engine-support/read-if-there.js';
import { LAYOUT } from './layout.js';
import type { Address } from './session.js';

/** What a node is to be, also after its restart. The server never writes it: CONFIG REWRITE would leave a password readable by others. */
export type Role =
  | { readonly role: 'primary' }
  | { readonly role: 'replica'; readonly upstream: Address }
  /** A primary that refuses writes: a replica of nobody. `position` is where its log ends. */
  | { readonly role: 'fenced'; readonly position: LogPosition }
  /** Of a cluster that keeps the roles of its nodes itself. */
  | { readonly role: 'member' };

/** Nobody listens there (port 1 of this machine), so that a fenced primary stays the replica of nobody. */
export const NOBODY: Address = { host: '127.0.0.1', port: 1 };

const MARK = '# holdfast ';

/** The first line says what the file was made from. */
export const renderRole = (role: Role): string => {
  const upstream = role.role === 'replica' ? role.upstream : role.role === 'fenced' ? NOBODY : undefined;
  return `${MARK}${JSON.stringify(role)}\n${upstream ? `replicaof ${upstream.host} ${upstream.port}\n` : ''}`;
};

export const parseRole = (text: string): Role => {
  const [first = ''] = text.split('\n', 1);
  if (!first.startsWith(MARK)) throw new Error(`${LAYOUT.role} was not written by Holdfast.`);
  return JSON.parse(first.slice(MARK.length)) as Role;
};

/** Undefined on a node that has none yet. */
export const roleOf = async ({ machine }: EngineNode): Promise<Role | undefined> => {
  const text = await readIfThere(machine, LAYOUT.role);
  return text === undefined ? undefined : parseRole(text);
};

export const saveRole = async ({ machine }: EngineNode, role: Role): Promise<void> => {
  await machine.writeFile(LAYOUT.role, renderRole(role), { mode: 0o600 });
};

/** The command that makes a running server what the file says. */
export const replicaOf = (upstream: Address | undefined): [string, ...string[]] =>
  upstream === undefined ? ['REPLICAOF', 'NO', 'ONE'] : ['REPLICAOF', upstream.host, String(upstream.port)];
