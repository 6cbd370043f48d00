import { POSITION_START, type Position, type RecordedFact } from '@holdfast/domain';
import type { Pool, PoolClient } from 'pg';
import { isEnd } from './operation-record.js';

/** Advisory lock key of this schema's creation: "disp" in ASCII. */
const SCHEMA_LOCK = 0x64697370;

const SCHEMA = `
  create schema if not exists dispatcher;
  create table if not exists dispatcher.checkpoint (
    id smallint primary key check (id = 1),
    position text not null
  );
  create table if not exists dispatcher.dispatched_operations (
    operation_id text primary key,
    cluster_id text not null,
    accepted_at text not null,
    state text not null check (state in ('accepted', 'started'))
  );`;

/** An operation that has not ended; `started` once Temporal has taken its workflow. */
export interface OpenOperation {
  readonly operationId: string;
  readonly clusterId: string;
}

/** Which operations are open, in the event store's database: the facts and how far they were followed change in one transaction. */
export class DispatchTable {
  constructor(private readonly pool: Pool) {}

  async migrate(): Promise<void> {
    await this.inTransaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
      await client.query(SCHEMA);
    });
  }

  async checkpoint(): Promise<Position> {
    const { rows } = await this.pool.query<{ position: string }>('select position from dispatcher.checkpoint');
    return rows[0]?.position ?? POSITION_START;
  }

  /** Takes over accepted and ended operations, and the place up to which that is done. */
  async follow(facts: readonly RecordedFact[], next: Position): Promise<void> {
    await this.inTransaction(async (client) => {
      for (const fact of facts) await takeOver(client, fact);
      await client.query('insert into dispatcher.checkpoint (id, position) values (1, $1) on conflict (id) do update set position = $1', [next]);
    });
  }

  /** In the order of their acceptance. */
  async waiting(): Promise<OpenOperation[]> {
    return this.inState('accepted');
  }

  async started(): Promise<OpenOperation[]> {
    return this.inState('started');
  }

  async markStarted(operationId: string): Promise<void> {
    await this.pool.query(`update dispatcher.dispatched_operations set state = 'started' where operation_id = $1`, [operationId]);
  }

  private async inState(state: 'accepted' | 'started'): Promise<OpenOperation[]> {
    const { rows } = await this.pool.query<{ operation_id: string; cluster_id: string }>(
      'select operation_id, cluster_id from dispatcher.dispatched_operations where state = $1 order by accepted_at collate "C"',
      [state],
    );
    return rows.map((row) => ({ operationId: row.operation_id, clusterId: row.cluster_id }));
  }

  private async inTransaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      await work(client);
      await client.query('commit');
    } catch (error) {
      // The session may hold a failed transaction: it is thrown away with it.
      client.release(true);
      throw error;
    }
    client.release();
  }
}

const takeOver = async (client: PoolClient, fact: RecordedFact): Promise<void> => {
  const { operationId, clusterId } = fact.data as OpenOperation;
  if (isEnd(fact)) {
    await client.query('delete from dispatcher.dispatched_operations where operation_id = $1', [operationId]);
    return;
  }
  await client.query(
    `insert into dispatcher.dispatched_operations (operation_id, cluster_id, accepted_at, state) values ($1, $2, $3, 'accepted')
     on conflict (operation_id) do nothing`,
    [operationId, clusterId, fact.position],
  );
};
