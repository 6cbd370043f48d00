// The writing client of demo and benchmarks must see a gap that is there, and a row that is lost.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfiguration } from '@holdfast/infra/configuration';
import { startWriter } from '../../services/cli/src/demo/write-gap.js';
import { REPOSITORY } from '../../services/cli/src/repository.js';
import { eventStorePart } from '../../services/cli/src/stack/event-store-part.js';
import type { Part } from '../../services/cli/src/stack/part.js';
import { isolatedEnvironment, stackPlaces } from '../../services/cli/src/stack/stack-places.js';
import { freePorts } from '../support/free-ports.js';

jest.setTimeout(120_000);

let home: string;
let server: Part;
let url: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-gap-'));
  chmodSync(home, 0o755);
  const [api = 0, temporal = 0, temporalUi = 0, eventStore = 0] = await freePorts(4);
  const places = stackPlaces(isolatedEnvironment(home, { api, temporal, temporalUi, eventStore }), REPOSITORY);
  server = eventStorePart(places);
  await server.start();
  url = readConfiguration(places.env, REPOSITORY).eventStoreUrl;
});
afterAll(async () => {
  await server.kill();
  rmSync(home, { recursive: true, force: true });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('measures how long a server was away, and finds every acknowledged row after it', async () => {
  const begun = performance.now();
  const writer = await startWriter({ url });
  while (writer.acknowledgedCount() <= 10) await pause(10);
  const awayMs = 700;
  await server.kill();
  await pause(awayMs);
  await server.start();
  await writer.nextAcknowledged(60_000);
  const report = await writer.stop();
  expect(report.longestGapMs).toBeGreaterThanOrEqual(awayMs);
  expect(report.longestGapMs).toBeLessThan(performance.now() - begun);
  expect(report.brokenCount).toBeGreaterThanOrEqual(1);
  expect(report.acknowledgedCount).toBeGreaterThan(10);
  expect(report.missingIds).toEqual([]);
  expect(await writer.stop()).toBe(report);
});

it('tells which acknowledged row was lost, and goes on with new ids in a table that holds rows', async () => {
  const writer = await startWriter({ url, intervalMs: 1, table: 'another' });
  while (writer.acknowledgedCount() <= 10) await pause(10);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('delete from another where id in (select id from another order by id desc limit 1) returning id');
  await client.end();
  const lost = Number(rows[0]?.id);
  expect((await writer.stop()).missingIds).toEqual([lost]);

  const next = await startWriter({ url, table: 'another' });
  expect((await next.stop()).missingIds).toEqual([]);
});

it('refuses a table whose name would be more than a name', async () => {
  await expect(startWriter({ url, table: 'a; drop table b' })).rejects.toThrow('no table');
});
