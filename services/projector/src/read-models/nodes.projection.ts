import type { ClusterEvent } from '@holdfast/domain';
import type { Projection } from '../projection.js';

/** Which cluster a node belongs to, by id and by name; kept after the node is gone, since people ask for it then too. */
export const nodesProjection: Projection = {
  name: 'nodes',
  async apply(client, schema, fact) {
    const event = fact as unknown as ClusterEvent;
    if (event.type !== 'NodeReserved') return;
    const { nodeId, name, clusterId } = event.data;
    await client.query(
      `insert into ${schema}.nodes (id, name, cluster_id, reserved_at) values ($1, $2, $3, $4) on conflict (id) do update set name = excluded.name`,
      [nodeId, name, clusterId, fact.at],
    );
  },
};
