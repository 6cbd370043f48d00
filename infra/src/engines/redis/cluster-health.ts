import type { EngineCredentials, EngineNode, ShardNodeHealth } from '@holdfast/domain';
import { NodeNotAnswering } from '../../engine-support/node-errors.js';
import { type ClusterMember, type ClusterView, SLOT_COUNT, viewOf } from './cluster-view.js';
import { parseInfo, positionOf, readState } from './info.js';
import { type Session, withSession } from './session.js';

/** A probe runs each second for each node: it must not hang on one that is frozen. */
const PROBE = { connectTimeoutMs: 2_000, commandTimeoutMs: 2_000 };

export const addressIn = ({ host, port }: Pick<ClusterMember, 'host' | 'port'>): string => `${host}:${port}`;
export const addressTextOf = (node: EngineNode): string => addressIn({ host: node.machine.address, port: node.port });

/** What a node says of itself and of the cluster as it sees it. One that cannot be asked is not an error. */
export const shardHealth = async (node: EngineNode, credentials: EngineCredentials): Promise<ShardNodeHealth> => {
  try {
    return await withSession(node, credentials.superuser, lookAt, PROBE);
  } catch (error) {
    if (!(error instanceof NodeNotAnswering)) throw error;
    return { reachable: false, problem: error.message };
  }
};

const lookAt = async (session: Session): Promise<ShardNodeHealth> => {
  const [state, view, info] = [await readState(session), await viewOf(session), parseInfo(await session.text('CLUSTER', 'INFO'))];
  const serving = servingIn(view);
  return {
    reachable: true,
    role: view.me.role === 'replica' ? 'replica' : view.me.slots.length === 0 ? 'empty' : 'primary',
    // A shard that is lost does not stop the others here, so the server's own word alone would not be enough.
    clusterOk: info.get('cluster_state') === 'ok' && info.get('cluster_slots_ok') === String(SLOT_COUNT),
    slotCount: serving?.slots.length ?? 0,
    slotsInMotion: view.migrating.length + view.importing.length,
    ...(view.me.role === 'replica' && serving ? { primaryName: addressIn(serving) } : {}),
    streaming: state.role === 'replica' && state.linkUp,
    replayLagBytes: state.role === 'replica' ? Math.max(0, state.receivedOffset - state.offset) : 0,
    position: positionOf(state),
    knownAddresses: view.members.filter(({ handshake, host }) => !handshake && host !== '').map(addressIn).sort(),
    serverVersion: state.serverVersion,
  };
};

/** The node whose slots are served by this one's shard. */
const servingIn = (view: ClusterView): ClusterMember | undefined => (view.me.role === 'replica' ? view.members.find(({ id }) => id === view.me.primaryId) : view.me);
