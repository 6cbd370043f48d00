import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { addressIn } from './cluster-health.js';
import { viewOf } from './cluster-view.js';
import { type Address, addressOf, type Session, withSession, withSessionAt } from './session.js';

/** Who serves a shard, with a connection that is kept while slots move. */
export interface ShardMember {
  readonly name: string;
  readonly address: Address;
  readonly session: Session;
  readonly id: string;
}

/** Connected to those who serve the shards of these nodes. */
export const withMembers = async (nodes: readonly EngineNode[], credentials: EngineCredentials, work: (members: readonly ShardMember[]) => Promise<void>, open: readonly ShardMember[] = []): Promise<void> => {
  const node = nodes[open.length];
  if (node === undefined) return work(open);
  await withServing(node, credentials, (member) => withMembers(nodes, credentials, work, [...open, member]));
};

/** Connected to the node or, where the servers let a replica take its shard over meanwhile, to that one: it has the slots now. */
const withServing = (node: EngineNode, credentials: EngineCredentials, work: (member: ShardMember) => Promise<void>): Promise<void> =>
  withSession(node, credentials.superuser, async (session) => {
    const { me, members } = await viewOf(session);
    const successor = me.role === 'replica' ? members.find(({ id }) => id === me.primaryId) : undefined;
    if (successor === undefined) return work({ name: node.name, address: addressOf(node), session, id: me.id });
    const name = `${addressIn(successor)} (which took over from ${node.name})`;
    return withSessionAt(name, successor, credentials.superuser, (own) => work({ name, address: successor, session: own, id: successor.id }));
  });
