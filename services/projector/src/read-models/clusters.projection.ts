import { ABSENT_CLUSTER, CLUSTER_STREAM_PREFIX, evolveCluster, statusWord, type Cluster, type ClusterEvent, type RecordedFact } from '@holdfast/domain';
import type { PoolClient } from 'pg';
import type { Projection } from '../projection.js';

interface Folded {
  state: Cluster;
  /** Of the cluster that bears the name now. */
  requestedAt: string;
  changedAt: string;
}

/** The state of each cluster, folded by the domain itself. */
export const clustersProjection: Projection = {
  name: 'clusters',
  async apply(client, schema, facts) {
    const ofClusters = facts.filter((fact) => fact.stream.startsWith(CLUSTER_STREAM_PREFIX));
    if (ofClusters.length === 0) return;
    const clusters = await load(client, schema, [...new Set(ofClusters.map(clusterIdOf))]);
    for (const fact of ofClusters) {
      const id = clusterIdOf(fact);
      const before = clusters.get(id);
      clusters.set(id, {
        state: evolveCluster(before?.state ?? ABSENT_CLUSTER, fact as unknown as ClusterEvent),
        requestedAt: before === undefined || fact.type === 'ClusterRequested' ? fact.at : before.requestedAt,
        changedAt: fact.at,
      });
    }
    await save(client, schema, clusters);
  },
};

const clusterIdOf = (fact: RecordedFact): string => fact.stream.slice(CLUSTER_STREAM_PREFIX.length);

const load = async (client: PoolClient, schema: string, ids: readonly string[]): Promise<Map<string, Folded>> => {
  const { rows } = await client.query<{ id: string; state: Cluster; requested_at: Date; changed_at: Date }>(
    `select id, state, requested_at, changed_at from ${schema}.clusters where id = any($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, { state: row.state, requestedAt: row.requested_at.toISOString(), changedAt: row.changed_at.toISOString() }]));
};

const save = async (client: PoolClient, schema: string, clusters: ReadonlyMap<string, Folded>): Promise<void> => {
  const rows = [...clusters].flatMap(([id, { state, requestedAt, changedAt }]) =>
    // Facts before the first request say nothing of a cluster.
    state.status === 'absent' ? [] : [{ id, name: state.name, status: statusWord(state), state, requested_at: requestedAt, changed_at: changedAt }],
  );
  await client.query(
    `insert into ${schema}.clusters select * from jsonb_populate_recordset(null::${schema}.clusters, $1::jsonb)
     on conflict (id) do update set name = excluded.name, status = excluded.status, state = excluded.state,
       requested_at = excluded.requested_at, changed_at = excluded.changed_at`,
    [JSON.stringify(rows)],
  );
};
