import { EventStoreUnavailable } from '@holdfast/domain';
import type { Pool, PoolClient } from 'pg';

/** Any fixed number: who migrates holds this advisory lock. */
const MIGRATION_LOCK = 7_400_001;

/**
 * The tables, by version. `tx` is the writing transaction: with it a reader can tell which facts may still be joined by others
 * of a lower position, and never reads past those.
 */
const MIGRATIONS: readonly string[] = [
  `
  create schema if not exists event_store;
  create table event_store.events (
    global_position bigint generated always as identity primary key,
    tx xid8 not null default pg_current_xact_id(),
    stream text not null,
    version bigint not null,
    event_id uuid not null,
    type text not null,
    schema_version int not null,
    data jsonb not null,
    meta jsonb not null,
    at timestamptz not null default clock_timestamp(),
    constraint stream_version unique (stream, version),
    constraint event_id unique (event_id)
  );
  create index events_order on event_store.events (tx, global_position);

  create function event_store.refuse_change() returns trigger language plpgsql as
    $$ begin raise exception 'Facts are never changed.' using errcode = 'insufficient_privilege'; end $$;
  create trigger never_changed before update or delete on event_store.events for each row execute function event_store.refuse_change();
  create trigger never_truncated before truncate on event_store.events execute function event_store.refuse_change();
  `,
];

/**
 * Brings the schema to the newest version; may be called by many processes at once. Throws EventStoreUnavailable, with what to do,
 * for a store that was made by a newer program or brought over from another server.
 */
export const migrate = async (pool: Pool): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('create table if not exists public.event_store_migrations (version int primary key, at timestamptz not null default now())');
    const { rows } = await client.query<{ version: number }>('select coalesce(max(version), 0) as version from public.event_store_migrations');
    const done = rows[0]?.version ?? 0;
    if (done > MIGRATIONS.length)
      throw new EventStoreUnavailable(`The event store is of version ${done}, and this program knows ${MIGRATIONS.length}. Start the newer program.`);
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < done) continue;
      await client.query(sql);
      await client.query('insert into public.event_store_migrations (version) values ($1)', [index + 1]);
    }
    await refuseOtherServersOrder(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // The connection may be gone; the first error says why.
    throw error;
  } finally {
    client.release();
  }
};

/**
 * A dump carries the transaction numbers of the server it was taken from. Read in a server that has not come so far, its facts would be
 * invisible without a word, and new ones would stand before them.
 */
const refuseOtherServersOrder = async (client: PoolClient): Promise<void> => {
  const { rows } = await client.query<{ newest: string; here: string; epoch: string }>(
    `select newest::text, here::text, (newest::text::numeric / 4294967296)::bigint + 1 as epoch
     from (select pg_current_xact_id() as here) as server,
       (select tx as newest from event_store.events order by tx desc limit 1) as facts
     where newest > here`,
  );
  const [ahead] = rows;
  if (ahead === undefined) return;
  throw new EventStoreUnavailable(
    `The facts were brought here from another server: their newest transaction is ${ahead.newest}, and this server is at ${ahead.here}. ` +
      `Stop the server, run pg_resetwal --epoch=${ahead.epoch} on its data directory, and start it again.`,
  );
};
