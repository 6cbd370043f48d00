import type { Pool } from 'pg';

/** Where the live tables are; a rebuild fills another schema and swaps. */
export const LIVE_SCHEMA = 'read_models';

export const READ_MODEL_NAMES = ['clusters', 'nodes', 'operations', 'audit'] as const;
export type ReadModelName = (typeof READ_MODEL_NAMES)[number];

/** Counts the shapes that these tables have had, and the meanings of their columns. Tables of another one are made anew from the facts. */
export const READ_MODELS_VERSION = 2;

/** The lock under which processes that start at the same time make the tables. Any fixed number. */
const TABLES_LOCK = 7_400_004;

/**
 * All tables of one generation of read models. `schema` is one of ours, never input. Positions are compared by their bytes,
 * whatever the database's own order of text is.
 */
export const createTables = (schema: string): string => `
  create schema ${schema};
  create table ${schema}.generation (version int not null);
  insert into ${schema}.generation values (${READ_MODELS_VERSION});
  create table ${schema}.checkpoints (
    name text primary key, position text collate "C" not null, problem text, updated_at timestamptz not null default now());
  create table ${schema}.clusters (
    id text primary key, name text not null, status text not null, state jsonb not null,
    requested_at timestamptz not null, changed_at timestamptz not null);
  create index clusters_name on ${schema}.clusters (name, id);
  create table ${schema}.nodes (
    id text primary key, name text not null, cluster_id text not null, reserved_at timestamptz not null);
  create index nodes_name on ${schema}.nodes (name, reserved_at desc);
  create table ${schema}.operations (
    id text primary key, cluster_id text not null, cluster_name text not null, kind text not null, state text not null,
    actor text not null, reason text, step text, accepted_at timestamptz not null, ended_at timestamptz,
    accepted_position text collate "C" not null);
  create index operations_newest on ${schema}.operations (accepted_position desc);
  create index operations_of_cluster on ${schema}.operations (cluster_id, accepted_position desc);
  create table ${schema}.audit (
    position text collate "C" primary key, at timestamptz not null, type text not null, cluster_id text, actor text not null, fact jsonb not null);
  create index audit_of_cluster on ${schema}.audit (cluster_id, position desc);
  insert into ${schema}.checkpoints (name, position) values ${READ_MODEL_NAMES.map((name) => `('${name}', '')`).join(', ')};
`;

/** Makes the live tables where there are none; may be called by many processes at once. */
export const migrateReadModels = async (pool: Pool): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [TABLES_LOCK]);
    if (!(await exists(client, 'checkpoints'))) await client.query(createTables(LIVE_SCHEMA));
    await client.query('commit');
    client.release();
  } catch (error) {
    // The transaction ends with its connection.
    client.release(true);
    throw error;
  }
};

/** Whether the live tables were made by another version of this program. */
export const areReadModelsOutdated = async (pool: Pick<Pool, 'query'>): Promise<boolean> => {
  if (!(await exists(pool, 'generation'))) return true;
  const { rows } = await pool.query<{ version: number }>(`select version from ${LIVE_SCHEMA}.generation`);
  return rows[0]?.version !== READ_MODELS_VERSION;
};

const exists = async (database: Pick<Pool, 'query'>, table: string): Promise<boolean> => {
  const { rows } = await database.query<{ found: boolean }>('select to_regclass($1) is not null as found', [`${LIVE_SCHEMA}.${table}`]);
  return rows[0]?.found === true;
};
