/** Where the live tables are; a rebuild fills another schema and swaps. */
export const LIVE_SCHEMA = 'read_models';

export const READ_MODEL_NAMES = ['clusters', 'nodes', 'operations', 'audit'] as const;
export type ReadModelName = (typeof READ_MODEL_NAMES)[number];

/** All tables of one generation of read models. `schema` is one of ours, never input. */
export const createTables = (schema: string): string => `
  create schema if not exists ${schema};
  create table if not exists ${schema}.checkpoints (
    name text primary key, position text not null, problem text, updated_at timestamptz not null default now());
  create table if not exists ${schema}.clusters (
    id text primary key, name text not null, status text not null, state jsonb not null,
    requested_at timestamptz not null, changed_at timestamptz not null);
  create index if not exists clusters_name on ${schema}.clusters (name, id);
  create table if not exists ${schema}.nodes (
    id text primary key, name text not null, cluster_id text not null, reserved_at timestamptz not null);
  create index if not exists nodes_name on ${schema}.nodes (name, reserved_at desc);
  create table if not exists ${schema}.operations (
    id text primary key, cluster_id text not null, cluster_name text not null, kind text not null, state text not null,
    actor text not null, reason text, step text, accepted_at timestamptz not null, ended_at timestamptz, accepted_position text not null);
  create index if not exists operations_newest on ${schema}.operations (accepted_position desc);
  create index if not exists operations_of_cluster on ${schema}.operations (cluster_id, accepted_position desc);
  create table if not exists ${schema}.audit (
    position text primary key, at timestamptz not null, type text not null, cluster_id text, actor text not null, fact jsonb not null);
  create index if not exists audit_of_cluster on ${schema}.audit (cluster_id, position desc);
  insert into ${schema}.checkpoints (name, position)
    values ${READ_MODEL_NAMES.map((name) => `('${name}', '')`).join(', ')} on conflict (name) do nothing;
`;
