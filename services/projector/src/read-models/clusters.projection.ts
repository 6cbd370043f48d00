import { ABSENT_CLUSTER, CLUSTER_STREAM_PREFIX, evolveCluster, statusWord, type Cluster, type ClusterEvent } from '@holdfast/domain';
import type { Projection } from '../projection.js';

/** The state of each cluster, folded by the domain itself. */
export const clustersProjection: Projection = {
  name: 'clusters',
  async apply(client, schema, fact) {
    if (!fact.stream.startsWith(CLUSTER_STREAM_PREFIX)) return;
    const id = fact.stream.slice(CLUSTER_STREAM_PREFIX.length);
    const { rows } = await client.query<{ state: Cluster }>(`select state from ${schema}.clusters where id = $1`, [id]);
    const state = evolveCluster(rows[0]?.state ?? ABSENT_CLUSTER, fact as unknown as ClusterEvent);
    if (state.status === 'absent') return;
    await client.query(
      `insert into ${schema}.clusters (id, name, status, state, requested_at, changed_at) values ($1, $2, $3, $4, $5, $5)
       on conflict (id) do update set name = excluded.name, status = excluded.status, state = excluded.state, changed_at = excluded.changed_at`,
      [id, state.name, statusWord(state), JSON.stringify(state), fact.at],
    );
  },
};
