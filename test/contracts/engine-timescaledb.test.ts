import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineNode } from '@holdfast/domain';
import { deploy, type EngineHarness, switchOver } from './engine.harness.js';
import { connectTo, POSTGRESQL_CREDENTIALS, postgresqlHarness } from './engine-postgresql.harness.js';
import { replicatedEngineContract } from './engine.contract.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

const VERSION = '17';
const TEST_TIMEOUT_MS = 300_000;

const onLocalMachines = async (): Promise<EngineHarness> => {
  const { provider, destroy } = await localHarness();
  return postgresqlHarness(VERSION, (name, port) => provider.create({ ...request([port], name) }), destroy, true, 'timescaledb');
};

/** Rows of a statement in the application's database, by default as its user. */
const query = async (node: EngineNode, sql: string, user: 'application' | 'superuser' = 'application'): Promise<Record<string, unknown>[]> => {
  const { application } = POSTGRESQL_CREDENTIALS;
  const client = await connectTo(node, { ...application, ...POSTGRESQL_CREDENTIALS[user], database: application.database });
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('TimescaleDB', () => {
  let harness: EngineHarness;
  let primary: EngineNode;
  let replica: EngineNode;

  beforeAll(async () => {
    harness = await onLocalMachines();
    const cluster = await deploy(harness, 'ts', 1);
    [primary, replica] = [cluster.primary, cluster.replicas[0] as EngineNode];
  }, 300_000);
  afterAll(() => harness.destroy(), 60_000);

  it('is there for the application, without telemetry, with the same settings on every node', async () => {
    const settings = "select name, setting from pg_settings where name in ('max_worker_processes', 'shared_preload_libraries', 'timescaledb.max_background_workers') order by name";
    const [own, other] = await Promise.all([primary, replica].map((node) => query(node, settings, 'superuser')));
    expect(own).toEqual([
      { name: 'max_worker_processes', setting: '19' },
      { name: 'shared_preload_libraries', setting: 'timescaledb' },
      { name: 'timescaledb.max_background_workers', setting: '8' },
    ]);
    expect(other).toEqual(own);
    expect(await query(replica, "select extname from pg_extension where extname = 'timescaledb'")).toHaveLength(1);
    // Debian's build has no telemetry at all.
    const telemetry = await query(primary, "select setting from pg_settings where name = 'timescaledb.telemetry_level'", 'superuser');
    expect(telemetry.filter(({ setting }) => setting !== 'off')).toEqual([]);
    await harness.engine.startAsPrimary(primary, harness.credentials);
  }, TEST_TIMEOUT_MS);

  it('keeps hypertables over a switchover and back', async () => {
    await query(primary, 'create table measurement (at timestamptz not null, value float)');
    await query(primary, "select create_hypertable('measurement', 'at', chunk_time_interval => interval '1 day')");
    const insert = (from: string): string => `insert into measurement select timestamptz '${from}' + i * interval '1 hour', i from generate_series(1, 240) i`;
    await query(primary, insert('2026-01-01'));
    await switchOver(harness, primary, replica, []);
    await query(replica, insert('2026-02-01'));
    await switchOver(harness, replica, primary, []);
    const counts = "select (select count(*)::int from measurement) as rows, (select count(*)::int from timescaledb_information.chunks where hypertable_name = 'measurement') as chunks";
    expect(await query(primary, counts)).toEqual([{ rows: 480, chunks: 22 }]);
    expect(await query(replica, counts)).toEqual([{ rows: 480, chunks: 22 }]);
    await expect(query(replica, insert('2026-03-01'))).rejects.toThrow(/read-only/);
  }, TEST_TIMEOUT_MS);
});

// All that it promises as a PostgreSQL is shown with the other majors; with this server when it is asked for.
if (process.env['HOLDFAST_TEST_POSTGRESQL'] === 'all') replicatedEngineContract(`TimescaleDB on PostgreSQL ${VERSION}`, onLocalMachines);
