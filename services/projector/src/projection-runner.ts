import type { Pool, PoolClient } from 'pg';
import { EventStoreUnavailable, type EventStore, type Position } from '@holdfast/domain';
import { LIVE_SCHEMA } from '@holdfast/infra/read-models';
import type { Projection } from './projection.js';

const BATCH = 500;

/** What one turn did. `busy`: another process is at it. `poisoned`: a fact could not be applied, and the projection stands still. */
export type Turn = 'advanced' | 'idle' | 'busy' | 'poisoned';

interface Checkpoint {
  position: Position;
  problem: string | null;
}

/**
 * Applies the next facts to one read model. Model and checkpoint move in one transaction, so each fact counts exactly once, and
 * the locked checkpoint row keeps a second process out.
 */
export const advance = async (pool: Pool, store: EventStore, projection: Projection, schema: string = LIVE_SCHEMA): Promise<Turn> => {
  const client = await pool.connect();
  let healthy = true;
  try {
    await client.query('begin');
    const { rows } = await client.query<Checkpoint>(`select position, problem from ${schema}.checkpoints where name = $1 for update skip locked`, [projection.name]);
    const checkpoint = rows[0];
    const turn = checkpoint === undefined ? 'busy' : checkpoint.problem !== null ? 'poisoned' : await applyNext(client, store, projection, schema, checkpoint.position);
    await client.query('commit');
    return turn;
  } catch (error) {
    healthy = await rollBack(client);
    if (error instanceof PoisonFact) {
      await pool.query(`update ${schema}.checkpoints set problem = $2 where name = $1`, [projection.name, error.message]);
      return 'poisoned';
    }
    throw error;
  } finally {
    client.release(!healthy);
  }
};

const applyNext = async (client: PoolClient, store: EventStore, projection: Projection, schema: string, after: Position): Promise<Turn> => {
  const { facts, next } = await store.readAll({ after, limit: BATCH });
  if (facts.length === 0) return 'idle';
  for (const fact of facts) {
    try {
      await projection.apply(client, schema, fact);
    } catch (error) {
      if (error instanceof EventStoreUnavailable || isConnectionLoss(error)) throw error;
      throw new PoisonFact(`${fact.type} at ${fact.position} could not be applied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await client.query(`update ${schema}.checkpoints set position = $2, updated_at = now() where name = $1`, [projection.name, next]);
  return 'advanced';
};

/** A fact that the projection cannot apply: it stops there, since skipping it would make the model wrong without a word. */
class PoisonFact extends Error {
  override readonly name = 'PoisonFact';
}

const isConnectionLoss = (error: unknown): boolean => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^(08|57P)/.test(code) || code === 'ECONNRESET' || /connection/i.test(error instanceof Error ? error.message : '');
};

const rollBack = async (client: PoolClient): Promise<boolean> => {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false; // The connection is gone, and the transaction with it.
  }
};
