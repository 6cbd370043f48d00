import type { Projection } from '../projection.js';

/** Every fact, to be searched by cluster, actor, time and type. */
export const auditProjection: Projection = {
  name: 'audit',
  async apply(client, schema, fact) {
    const clusterId = 'clusterId' in fact.data && typeof fact.data.clusterId === 'string' ? fact.data.clusterId : null;
    const { id, type, stream, version, position, at, schemaVersion, data, meta } = fact;
    await client.query(
      `insert into ${schema}.audit (position, at, type, cluster_id, actor, fact) values ($1, $2, $3, $4, $5, $6) on conflict (position) do nothing`,
      [position, at, type, clusterId, meta.actor, JSON.stringify({ id, type, stream, version, position, at, schemaVersion, data, meta })],
    );
  },
};
