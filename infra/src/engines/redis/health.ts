import type { EngineCredentials, EngineNode, NodeHealth, ReplicaView } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';
import { parseClients, positionOf, readState, type ReplicationState } from './info.js';
import { type Session, withSession } from './session.js';
import { replicaNameOf } from './users.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { connectTimeoutMs: 2_000, commandTimeoutMs: 2_000 };

/** What the node says about itself and, as a primary, about those it feeds. A node that cannot be asked is not an error. */
export const health = async (node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth> => {
  try {
    return await withSession(node, credentials.superuser, (session) => lookAt(session, credentials), PROBE);
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
    return { reachable: false, problem: error.message };
  }
};

const lookAt = async (session: Session, credentials: EngineCredentials): Promise<NodeHealth> => {
  const state = await readState(session);
  const isReplica = state.role === 'replica';
  return {
    reachable: true,
    role: state.role,
    position: positionOf(state),
    streaming: isReplica && state.linkUp,
    replayLagBytes: Math.max(0, state.receivedOffset - state.offset),
    replicas: isReplica ? [] : await replicasOf(session, state, credentials),
    serverVersion: state.serverVersion,
  };
};

/**
 * The server lists its replicas by address; their names are those of the users they came as. Both meet in the address that a
 * replica connects from, which its configuration sets.
 */
const replicasOf = async (session: Session, state: ReplicationState, credentials: EngineCredentials): Promise<ReplicaView[]> => {
  if (state.replicas.length === 0) return [];
  const names = new Map<string, string>();
  for (const client of parseClients(await session.text('CLIENT', 'LIST', 'TYPE', 'replica'))) {
    const name = replicaNameOf(credentials, client.get('user') ?? '');
    if (name !== undefined) names.set((client.get('addr') ?? '').replace(/:\d+$/, ''), name);
  }
  return state.replicas.map((replica) => ({
    name: names.get(replica.host) ?? `${replica.host}:${replica.port}`,
    streaming: replica.online,
    synchronous: replica.online && state.minReplicasToWrite,
    replayLagBytes: Math.max(0, state.offset - replica.offset),
  }));
};
