import type { RecordedFact } from '@holdfast/domain';
import type { Projection } from '../projection.js';

/** Every fact, to be searched by cluster, actor, time and type. */
export const auditProjection: Projection = {
  name: 'audit',
  async apply(client, schema, facts) {
    await client.query(
      `insert into ${schema}.audit (position, at, type, cluster_id, actor, fact)
       select position, at, type, cluster_id, actor, fact
       from jsonb_populate_recordset(null::${schema}.audit, $1::jsonb) on conflict (position) do nothing`,
      [JSON.stringify(facts.map(toRow))],
    );
  },
};

const toRow = ({ id, type, stream, version, position, at, schemaVersion, data, meta }: RecordedFact): object => ({
  position,
  at,
  type,
  cluster_id: 'clusterId' in data && typeof data.clusterId === 'string' ? data.clusterId : null,
  actor: meta.actor,
  fact: { id, type, stream, version, position, at, schemaVersion, data, meta },
});
