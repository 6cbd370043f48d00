import { describe, expect, it } from '@jest/globals';
import type { ClusterEvent, RecordedFact } from '@holdfast/domain';
import { viewCluster } from '../views/cluster.view.js';
import { historyOf, type ExistingHistory } from './cluster-history.js';
import type { ClusterLocator } from './cluster-locator.js';
import { RevealCredentialsCommand, RevealCredentialsHandler, type CredentialsView } from './reveal-credentials.command.js';

const CLUSTER = { clusterId: 'c-cache-1' };
const REQUESTED: ClusterEvent = {
  type: 'ClusterRequested',
  data: { ...CLUSTER, name: 'cache', generation: 1, engine: 'valkey', version: '9', mode: 'sharded', replication: 'async', provider: 'local', region: 'local', plan: 'SMALL-1C-1G', supportLevel: 1, replicasPerShard: 1 },
};

/** Shard 1 has nodes 1 and 2, shard 2 nodes 3 and 4, and so on. */
const nodeEvents = (ordinal: number): ClusterEvent[] => {
  const about = { ...CLUSTER, nodeId: `c-cache-1-n${ordinal}` };
  return [
    { type: 'NodeReserved', data: { ...about, name: `vk-${ordinal}`, ordinal, role: ordinal % 2 === 1 ? 'shard-primary' : 'shard-replica', plan: 'SMALL-1C-1G', shard: Math.ceil(ordinal / 2) } },
    { type: 'NodeProvisioned', data: { ...about, address: `127.0.0.${ordinal}`, port: 6379 } },
  ];
};
const joined = (ordinal: number): ClusterEvent => ({ type: 'ShardNodeJoined', data: { ...CLUSTER, nodeId: `c-cache-1-n${ordinal}` } });

const history = (...events: ClusterEvent[]): ExistingHistory => {
  const facts = events.map((event, version) => ({ ...event, id: `${version}`, version, position: `${version}`, at: '2026-01-01T00:00:00.000Z', schemaVersion: 1, streamId: 'cluster-c-cache-1', meta: { actor: 'test', correlationId: 'test' } }));
  const found = historyOf('c-cache-1', facts as unknown as RecordedFact[]);
  if (found === undefined) throw new Error('There is no cluster.');
  return found;
};
const nodes = [1, 2, 3, 4, 5, 6];
const serving = history(REQUESTED, ...nodes.flatMap(nodeEvents), ...nodes.map(joined));

const reveal = async (found: ExistingHistory): Promise<CredentialsView> => {
  const locator = { find: async () => found } as unknown as ClusterLocator;
  const store = { append: async () => ({}) } as never;
  const context = { actor: 'token:admin', correlationId: 'test' } as never;
  return new RevealCredentialsHandler(locator, store, { get: async () => 'p w' }).execute(new RevealCredentialsCommand(context, 'cache'));
};

describe('a sharded cluster', () => {
  it('shows seeds instead of an endpoint, primaries first, and the shard of each node', () => {
    const view = viewCluster(serving);
    expect(view.endpoint).toBeUndefined();
    expect(view.seeds).toEqual([1, 3, 5, 2, 4, 6].map((ordinal) => `127.0.0.${ordinal}:6379`));
    expect(view.nodes[3]).toMatchObject({ role: 'shard-replica', shard: 2 });
  });
  it('has credentials for any seed', async () => {
    const first = { host: '127.0.0.1', port: 6379, url: 'redis://app:p%20w@127.0.0.1:6379' };
    expect(await reveal(serving)).toMatchObject({ readWrite: first, readOnly: first, seeds: viewCluster(serving).seeds });
  });
  it('has none before a node serves', async () => {
    await expect(reveal(history(REQUESTED, ...nodes.flatMap(nodeEvents)))).rejects.toMatchObject({ code: 'cluster-not-running' });
  });
});
