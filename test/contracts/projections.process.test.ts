// The projector as the process that `up` starts: it waits for its database, keeps up, and stops when it is told to.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { PostgresReadModels } from '@holdfast/infra/read-models';
import { eventually } from '../support/api-client.js';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';
import { REPOSITORY_ROOT } from '../support/repository-root.js';
import { fact } from './event-store.contract.js';

const WAIT_MS = 60_000;

describe('the projector', () => {
  let server: EventStoreServer;
  let store: PostgresEventStore;
  let readModels: PostgresReadModels;
  const started: ChildProcess[] = [];

  const start = (...argv: string[]): { child: ChildProcess; output: () => string } => {
    const main = join(REPOSITORY_ROOT, 'services', 'projector', 'src', 'main.ts');
    const child = spawn(process.execPath, ['--conditions=holdfast-source', '--import', 'tsx', main, ...argv], {
      cwd: REPOSITORY_ROOT,
      env: { PATH: process.env['PATH'], HOLDFAST_EVENT_STORE_URL: server.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    started.push(child);
    return { child, output: () => output };
  };
  const append = (): Promise<{ position: string }> => store.append(`s-${randomUUID()}`, 'no-stream', [fact('Told')]);
  const seen = (position: string): Promise<true> =>
    eventually('the read models have seen it', WAIT_MS, async () => ((await readModels.position()) >= position ? true : undefined));

  beforeAll(async () => {
    server = await startEventStoreServer();
    store = PostgresEventStore.connect(server.url);
    readModels = new PostgresReadModels(store.pool);
    await store.migrate();
  }, 60_000);
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await store.close();
    await server.stop();
  });

  it('waits for its database, keeps up over a kill of it, and stops in good order', async () => {
    const early = await append();
    await server.kill();
    const { child, output } = start();
    await eventually('it says what it misses', WAIT_MS, async () => (output().includes('trying again') ? true : undefined));
    await server.start();
    await seen(early.position);
    await seen((await append()).position);
    await server.kill();
    await server.start();
    const late = await eventually('the store takes facts again', WAIT_MS, append);
    await seen(late.position);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(output()).toContain('projector stopped');
    expect(output()).not.toContain(new URL(server.url).password);
  }, 300_000);

  it('makes all read models anew, once, and says so in one document', async () => {
    const { position } = await append();
    const { child, output } = start('rebuild');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(JSON.parse(output())).toEqual({ readModels: ['clusters', 'nodes', 'operations', 'audit'], durationMs: expect.any(Number) });
    expect(await readModels.position()).toBe(position);
  }, 120_000);
});
