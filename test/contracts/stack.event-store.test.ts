// The embedded event store as a part of the stack, as the unprivileged user when root runs the tests.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfiguration } from '@holdfast/infra/configuration';
import { REPOSITORY } from '../../services/cli/src/repository.js';
import { ensureAdminToken } from '../../services/cli/src/stack/admin-token.js';
import { eventStorePart } from '../../services/cli/src/stack/event-store-part.js';
import { freePorts } from '../support/free-ports.js';
import type { Part } from '../../services/cli/src/stack/part.js';
import { isolatedEnvironment, stackPlaces, type StackPlaces } from '../../services/cli/src/stack/stack-places.js';

jest.setTimeout(120_000);

let home: string;
let part: Part;
let places: StackPlaces;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-store-'));
  chmodSync(home, 0o755);
  const [api, temporal, temporalUi, eventStore] = (await freePorts(4)) as [number, number, number, number];
  places = stackPlaces(isolatedEnvironment(home, { api, temporal, temporalUi, eventStore }), REPOSITORY);
  part = eventStorePart(places);
});
afterAll(async () => {
  await part.kill();
  rmSync(home, { recursive: true, force: true });
});

const query = async (text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: readConfiguration(places.env, REPOSITORY).eventStoreUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

it('names who holds its port, then starts, and is reached by what the configuration says', async () => {
  const stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(places.ports.eventStore, '127.0.0.1', resolve));
  stranger.unref();
  await expect(part.start()).rejects.toThrow(`in use by node (pid ${process.pid}). End that program, or choose another port: HOLDFAST_EVENT_STORE_PORT=`);
  await new Promise((resolve) => stranger.close(resolve));

  expect(await part.start()).toBe('started');
  expect(await part.start()).toBe('was-running');
  await query('create table kept (id int)');
});

it('keeps what was committed over kill -9', async () => {
  await query('insert into kept values (1)');
  const { pid } = await part.status();
  await part.kill();
  expect(await part.status()).toEqual({ name: 'event-store', state: 'stopped', address: `127.0.0.1:${places.ports.eventStore}` });
  expect(await part.start()).toBe('started');
  expect((await part.status()).pid).not.toBe(pid);
  expect(await query('select id from kept')).toEqual([{ id: 1 }]);
});

it("holds the first administrator's token, which is kept while it is known and made again when it is not", async () => {
  expect(await ensureAdminToken(places)).toBe('made');
  const file = places.configuration.tokenFile;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await ensureAdminToken(places)).toBe('kept');
  await query('delete from access.api_tokens');
  expect(await ensureAdminToken(places)).toBe('made');
});

it('stops in good order', async () => {
  expect(await part.stop()).toBe('stopped');
  expect(await part.stop()).toBe('was-stopped');
});
