import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { readState } from './info.js';
import { LAYOUT } from './layout.js';
import { replicaOf, roleOf, saveRole } from './role.js';
import type { Server } from './server.js';
import { withSession } from './session.js';

const WORDS = { replica: 'a replica; it can only be promoted', fenced: 'fenced; it can only be let serve again', member: 'a member of a sharded cluster' } as const;

/** A new, empty primary, or the one that is there. A node that is a replica stays one. */
export const startAsPrimary = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const role = await roleOf(node);
  if (role !== undefined && role.role !== 'primary') throw new WrongNodeState(node.name, `it is ${WORDS[role.role]}.`);
  if (await node.machine.fileExists(LAYOUT.unfinished)) throw new WrongNodeState(node.name, 'it holds a copy that is not complete.');
  await server.startAs(node, { role: 'primary' }, credentials);
  await server.waitUntilAccepting(node, credentials);
};

/**
 * Makes a replica the primary. The server is told first and the file is written then: a node that restarts in between comes back
 * as the replica it was, and the repeated call completes both.
 */
export const promote = async (node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  await withSession(node, credentials.superuser, async (session) => {
    const state = await readState(session);
    if (state.loading || state.syncing) throw new ReplicaNotReady(node.name, 'its copy of the data is not complete.');
    if (state.role === 'replica') await session.ask(...replicaOf(undefined));
    if ((await readState(session)).role !== 'primary') throw new ReplicaNotReady(node.name, 'it is still a replica.');
  });
  if ((await roleOf(node))?.role !== 'primary') await saveRole(node, { role: 'primary' });
};
