import type { ClusterEvent } from '@holdfast/domain';
import type { Projection } from '../projection.js';

/** Which cluster a node belongs to, by id and by name; kept after the node is gone, since people ask for it then too. */
export const nodesProjection: Projection = {
  name: 'nodes',
  async apply(client, schema, facts) {
    // The last one of an id: one statement cannot change a row twice.
    const rows = new Map<string, object>();
    for (const fact of facts) {
      const event = fact as unknown as ClusterEvent;
      if (event.type !== 'NodeReserved') continue;
      const { nodeId, name, clusterId } = event.data;
      rows.set(nodeId, { id: nodeId, name, cluster_id: clusterId, reserved_at: fact.at });
    }
    if (rows.size === 0) return;
    await client.query(
      `insert into ${schema}.nodes select * from jsonb_populate_recordset(null::${schema}.nodes, $1::jsonb)
       on conflict (id) do update set name = excluded.name, cluster_id = excluded.cluster_id, reserved_at = excluded.reserved_at`,
      [JSON.stringify([...rows.values()])],
    );
  },
};
