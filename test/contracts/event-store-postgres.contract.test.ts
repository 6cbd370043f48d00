import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreUnavailable } from '@holdfast/domain';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { eventually } from '../support/api-client.js';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { eventStoreContract, fact, placeOfNow } from './event-store.contract.js';

const WAIT_MS = 30_000;

eventStoreContract('PostgreSQL', async () => {
  const server = await startEventStoreServer();
  const store = PostgresEventStore.connect(server.url);
  await store.migrate();
  return {
    store,
    restart: async () => {
      await server.kill();
      await server.start();
    },
    close: async () => {
      await store.close();
      await server.stop();
    },
  };
});

describe('what only PostgreSQL shows', () => {
  let server: EventStoreServer;
  let store: PostgresEventStore;

  beforeAll(async () => {
    server = await startEventStoreServer();
    store = PostgresEventStore.connect(server.url, { upcasters: { Renamed: [(data) => ({ ...data, two: true }), (data) => ({ ...data, three: true })] } });
    await Promise.all([store.migrate(), store.migrate()]);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  /** Types of the facts after a place, once there are so many: a hint that is on its way holds them back for a moment. */
  const typesAfter = async (after: string, count: number): Promise<string[] | undefined> => {
    const { facts } = await store.readAll({ after, limit: 10 });
    return facts.length < count ? undefined : facts.map((found) => found.type);
  };

  it('hides no fact behind one of a higher place that was committed first', async () => {
    const after = await placeOfNow(store);
    const insert = `insert into event_store.events (stream, version, event_id, type, schema_version, data, meta) values ($1, 0, $2, $3, 1, '{}', '{}')`;
    const [early, late] = [await store.pool.connect(), await store.pool.connect()];
    try {
      await early.query('begin');
      await early.query('select pg_current_xact_id()');
      await late.query('begin');
      // The transaction that began later writes first and commits last: lower row, higher transaction.
      await late.query(insert, [`late-${randomUUID()}`, randomUUID(), 'Late']);
      await early.query(insert, [`early-${randomUUID()}`, randomUUID(), 'Early']);
      await early.query('commit');
      const first = await store.readAll({ after, limit: 10 });
      await late.query('commit');
      const rest = await eventually('the rest is read', WAIT_MS, () => typesAfter(first.next, 2 - first.facts.length));
      expect([...first.facts.map((found) => found.type), ...rest].sort()).toEqual(['Early', 'Late']);
    } finally {
      early.release();
      late.release();
    }
  });

  it('waits for an open transaction of a lower place', async () => {
    const after = await placeOfNow(store);
    const open = await store.pool.connect();
    try {
      await open.query('begin');
      await open.query('select pg_current_xact_id()');
      await store.append(`s-${randomUUID()}`, 'no-stream', [fact('Later')]);
      expect((await store.readAll({ after, limit: 10 })).facts).toEqual([]);
      await open.query('rollback');
      expect(await eventually('it is read', WAIT_MS, () => typesAfter(after, 1))).toEqual(['Later']);
    } finally {
      open.release();
    }
  });

  it('lifts old facts to the newest schema', async () => {
    const stream = `s-${randomUUID()}`;
    await store.append(stream, 'no-stream', [fact('Renamed', { one: true }), { ...fact('Renamed', { two: 'new' }), schemaVersion: 3 }]);
    const [old, recent] = await store.readStream(stream);
    expect(old).toMatchObject({ schemaVersion: 3, data: { one: true, two: true, three: true } });
    expect(recent).toMatchObject({ schemaVersion: 3, data: { two: 'new' } });
  });

  it('lets nobody change a fact', async () => {
    await store.append(`s-${randomUUID()}`, 'no-stream', [fact('Kept')]);
    for (const sql of [`update event_store.events set type = 'x'`, 'delete from event_store.events', 'truncate event_store.events']) {
      await expect(store.pool.query(sql)).rejects.toThrow('Facts are never changed.');
    }
  });

  it('says what to check when the password is wrong, without telling it', async () => {
    const url = new URL(server.url);
    url.password = 'HFCANARYwrong';
    const other = PostgresEventStore.connect(url.href);
    const failure = await other.append('s', 'any', [fact('A')]).catch((error: unknown) => error);
    await other.close();
    expect(failure).toBeInstanceOf(EventStoreUnavailable);
    expect(String(failure)).toContain('HOLDFAST_EVENT_STORE_URL');
    expect(String(failure)).not.toContain('HFCANARY');
  });

  it('says that it is away while its server is', async () => {
    const gone = PostgresEventStore.connect('postgresql://x:y@127.0.0.1:9/none');
    await expect(gone.readStream('s')).rejects.toThrow(EventStoreUnavailable);
    await gone.close();
  });
});
