import type { Pool, PoolClient } from 'pg';
import { EventStoreUnavailable, type EventStore, type Position, type RecordedFact } from '@holdfast/domain';
import { LIVE_SCHEMA } from '@holdfast/infra/read-models';
import { isPassing } from './passing-trouble.js';
import type { Projection } from './projection.js';

/** Facts applied in one transaction: enough to go fast, and so few that it takes milliseconds. */
const BATCH = 500;

/** What one turn did. `busy`: another process is at it. `poisoned`: a fact could not be applied, and the projection stands still. */
export type Turn = 'advanced' | 'idle' | 'busy' | 'poisoned';

interface Checkpoint {
  position: Position;
  problem: string | null;
}

/**
 * Applies the next facts to one read model. Model and checkpoint move in one transaction, so each fact counts exactly once, and
 * the locked checkpoint row keeps a second process out. Facts that cannot be applied together are tried in halves, until those
 * before the culprit are applied and it stands alone; then its problem is noted and the projection stops. Throws on passing trouble,
 * such as a server that is away: nothing has moved then.
 */
export const advance = async (pool: Pool, store: EventStore, projection: Projection, schema: string = LIVE_SCHEMA): Promise<Turn> => {
  for (let limit = BATCH; ; limit = Math.max(1, Math.floor(limit / 2))) {
    try {
      return await takeTurn(pool, store, projection, schema, limit);
    } catch (error) {
      if (!(error instanceof CannotApply)) throw error;
      limit = Math.min(limit, error.facts.length);
      if (limit > 1) continue;
      await pool.query(`update ${schema}.checkpoints set problem = $2 where name = $1 and position = $3`, [projection.name, error.message, error.after]);
      return 'poisoned';
    }
  }
};

const takeTurn = async (pool: Pool, store: EventStore, projection: Projection, schema: string, limit: number): Promise<Turn> => {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('begin');
    const { rows } = await client.query<Checkpoint>(`select position, problem from ${schema}.checkpoints where name = $1 for update skip locked`, [
      projection.name,
    ]);
    const checkpoint = rows[0];
    const turn =
      checkpoint === undefined
        ? 'busy'
        : checkpoint.problem !== null
          ? 'poisoned'
          : await applyNext(client, store, projection, schema, checkpoint.position, limit);
    await client.query('commit');
    return turn;
  } catch (error) {
    // Waited for: the next turn would find the row still locked.
    broken = !(await rollBack(client));
    throw error;
  } finally {
    client.release(broken);
  }
};

const rollBack = async (client: PoolClient): Promise<boolean> => {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false; // The connection is gone, and the transaction with it.
  }
};

const applyNext = async (client: PoolClient, store: EventStore, projection: Projection, schema: string, after: Position, limit: number): Promise<Turn> => {
  const { facts, next } = await store.readAll({ after, limit });
  if (facts.length === 0) return 'idle';
  try {
    await projection.apply(client, schema, facts);
  } catch (error) {
    if (error instanceof EventStoreUnavailable || isPassing(error)) throw error;
    throw new CannotApply(after, facts, error);
  }
  // A rebuild may have swapped the tables since the row was locked; then it is not the row that was read.
  const { rowCount } = await client.query(`update ${schema}.checkpoints set position = $2, updated_at = now() where name = $1 and position = $3`, [
    projection.name,
    next,
    after,
  ]);
  if (rowCount !== 1) throw new Error(`The checkpoint of ${projection.name} was moved by somebody else.`);
  return 'advanced';
};

/** Facts that a projection cannot apply: it stops there, since skipping would make the model wrong without a word. */
class CannotApply extends Error {
  override readonly name = 'CannotApply';
  constructor(
    readonly after: Position,
    readonly facts: readonly RecordedFact[],
    cause: unknown,
  ) {
    const [first] = facts;
    super(`${first?.type} at ${first?.position} could not be applied: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
