import type { Pool } from 'pg';
import { statusWord, type ClusterStatusWord, type ExistingCluster, type OperationKind, type Position, type RecordedFact } from '@holdfast/domain';
import { decodeCursor, pageOf } from './cursor.js';
import { LIVE_SCHEMA as S } from './schema.js';

export interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextCursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** A cluster in a list. Times are RFC 3339 UTC. */
export interface ClusterRow {
  id: string;
  name: string;
  status: ClusterStatusWord;
  engine: string;
  version: string;
  mode: ExistingCluster['mode'];
  replication: ExistingCluster['replication'];
  provider: string;
  region: string;
  plan: string;
  terminationProtection: boolean;
  nodeCount: number;
  operationId?: string;
  requestedAt: string;
  changedAt: string;
}

export type OperationStateWord = 'accepted' | 'running' | 'stuck' | 'succeeded' | 'failed' | 'cancelled' | 'undone';

/** An operation in a list. */
export interface OperationRow {
  id: string;
  kind: OperationKind;
  state: OperationStateWord;
  cluster: { id: string; name: string };
  actor: string;
  reason?: string;
  step?: string;
  acceptedAt: string;
  endedAt?: string;
}

/** A fact as the audit trail keeps it. */
export interface AuditRow {
  id: string;
  type: string;
  stream: string;
  version: number;
  position: string;
  at: string;
  schemaVersion: number;
  data: Record<string, unknown>;
  meta: RecordedFact['meta'];
}

interface OperationRecord {
  id: string;
  kind: OperationKind;
  state: OperationStateWord;
  cluster_id: string;
  cluster_name: string;
  actor: string;
  reason: string | null;
  step: string | null;
  accepted_at: Date;
  ended_at: Date | null;
  accepted_position: string;
}

/** Reads of the tables that the projector fills. */
export class PostgresReadModels {
  constructor(private readonly pool: Pool) {}

  /** How far all of them have come. */
  async position(): Promise<Position> {
    const { rows } = await this.pool.query<{ position: string }>(`select coalesce(min(position collate "C"), '') as position from ${S}.checkpoints`);
    return rows[0]?.position ?? '';
  }

  /** By name; deleted ones only when asked for. */
  async clusters(filter: PageRequest & { readonly status?: string; readonly deleted: boolean }): Promise<Page<ClusterRow>> {
    const [name, id] = filter.cursor === undefined ? ['', ''] : (JSON.parse(decodeCursor(filter.cursor)) as [string, string]);
    const { rows } = await this.pool.query<{ state: ExistingCluster; requested_at: Date; changed_at: Date }>(
      `select state, requested_at, changed_at from ${S}.clusters
       where (name, id) > ($1, $2) and ($3::text is null or status = $3) and ($4 or status <> 'deleted')
       order by name, id limit $5`,
      [name, id, filter.status ?? null, filter.deleted || filter.status === 'deleted', filter.limit + 1],
    );
    return pageOf(
      rows.map((row) => clusterRow(row.state, row.requested_at, row.changed_at)),
      filter.limit,
      (row) => JSON.stringify([row.name, row.id]),
    );
  }

  /** Newest first. `cluster` is an id or a name. */
  async operations(filter: PageRequest & { readonly cluster?: string; readonly state?: string; readonly stuck?: boolean }): Promise<Page<OperationRow>> {
    const { rows } = await this.pool.query<OperationRecord>(
      `select * from ${S}.operations
       where ($1::text is null or accepted_position < $1) and ($2::text is null or cluster_id = $2 or cluster_name = $2)
         and ($3::text is null or state = $3) and ($4::boolean is null or (state = 'stuck') = $4)
       order by accepted_position desc limit $5`,
      [filter.cursor === undefined ? null : decodeCursor(filter.cursor), filter.cluster ?? null, filter.state ?? null, filter.stuck ?? null, filter.limit + 1],
    );
    const { items, nextCursor } = pageOf(rows, filter.limit, (row) => row.accepted_position);
    return { items: items.map(operationRow), ...(nextCursor === undefined ? {} : { nextCursor }) };
  }

  /** Newest first. `cluster` is an id or a name. */
  async audit(
    filter: PageRequest & { readonly cluster?: string; readonly actor?: string; readonly since?: Date; readonly types?: readonly string[] },
  ): Promise<Page<AuditRow>> {
    const { rows } = await this.pool.query<{ fact: AuditRow }>(
      `select fact from ${S}.audit
       where ($1::text is null or position < $1)
         and ($2::text is null or cluster_id = $2 or cluster_id in (select id from ${S}.clusters where name = $2))
         and ($3::text is null or actor = $3) and ($4::timestamptz is null or at >= $4) and ($5::text[] is null or type = any($5))
       order by position desc limit $6`,
      [
        filter.cursor === undefined ? null : decodeCursor(filter.cursor),
        filter.cluster ?? null,
        filter.actor ?? null,
        filter.since ?? null,
        filter.types ?? null,
        filter.limit + 1,
      ],
    );
    return pageOf(
      rows.map((row) => row.fact),
      filter.limit,
      (row) => row.position,
    );
  }

  async clusterOfOperation(operationId: string): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ cluster_id: string }>(`select cluster_id from ${S}.operations where id = $1`, [operationId]);
    return rows[0]?.cluster_id;
  }

  /** By the node's id or name; the newest where a name was given twice. */
  async clusterOfNode(idOrName: string): Promise<string | undefined> {
    const { rows } = await this.pool.query<{ cluster_id: string }>(
      `select cluster_id from ${S}.nodes where id = $1 or name = $1 order by reserved_at desc limit 1`,
      [idOrName],
    );
    return rows[0]?.cluster_id;
  }
}

const clusterRow = (state: ExistingCluster, requestedAt: Date, changedAt: Date): ClusterRow => ({
  id: state.id,
  name: state.name,
  status: statusWord(state),
  engine: state.engine,
  version: state.version,
  mode: state.mode,
  replication: state.replication,
  provider: state.provider,
  region: state.region,
  plan: state.plan,
  terminationProtection: state.terminationProtection,
  nodeCount: state.nodes.length,
  ...(state.busyWith === undefined ? {} : { operationId: state.busyWith.operationId }),
  requestedAt: requestedAt.toISOString(),
  changedAt: changedAt.toISOString(),
});

const operationRow = (row: OperationRecord): OperationRow => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  cluster: { id: row.cluster_id, name: row.cluster_name },
  actor: row.actor,
  ...(row.reason === null ? {} : { reason: row.reason }),
  ...(row.step === null ? {} : { step: row.step }),
  acceptedAt: row.accepted_at.toISOString(),
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at.toISOString() }),
});
