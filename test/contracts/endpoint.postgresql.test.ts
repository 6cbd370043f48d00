import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from '@jest/globals';
import type { EngineNode } from '@holdfast/domain';
import { HaproxyEndpoint } from '@holdfast/infra/endpoints/haproxy';
import { deploy } from './engine.harness.js';
import { POSTGRESQL_CREDENTIALS, postgresqlHarness } from './engine-postgresql.harness.js';
import { localHarness } from './machine.local-harness.js';
import { request } from './machine.harness.js';

const PORTS = { readWrite: 5432, readOnly: 5433 };

/** Writes row after row through the endpoint and connects anew whenever its connection breaks. */
class Writer {
  readonly acknowledged: number[] = [];
  readonly refusals: string[] = [];
  gapMs = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(private readonly host: string) {
    this.done = this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async work(): Promise<void> {
    let last = performance.now();
    let next = 1;
    while (!this.stopped) {
      const { user, password, database } = POSTGRESQL_CREDENTIALS.application;
      const client = new pg.Client({ host: this.host, port: PORTS.readWrite, user, password, database });
      client.on('error', () => undefined);
      try {
        await client.connect();
      } catch (problem) {
        this.refusals.push(String(problem));
        await delay(10);
        continue;
      }
      try {
        while (!this.stopped) {
          await client.query('insert into written values ($1)', [next]);
          this.acknowledged.push(next++);
          this.gapMs = Math.max(this.gapMs, performance.now() - last);
          last = performance.now();
          await delay(10);
        }
      } catch {
        // The connection was cut with the old primary: whether that row was written is not known, and it is not counted.
        next++;
      }
      await client.end().catch(() => undefined);
    }
  }
}

describe('a PostgreSQL switchover behind the endpoint', () => {
  it('delays a writing client, refuses it never, and loses no acknowledged row', async () => {
    const local = await localHarness();
    const harness = postgresqlHarness('18', (name, port) => local.provider.create({ ...request([port], name) }), local.destroy);
    try {
      const { primary, replicas } = await deploy(harness, 'pg', 1);
      const replica = replicas[0] as EngineNode;
      const { engine, credentials } = harness;
      const machine = await local.provider.create(request([PORTS.readWrite, PORTS.readOnly]));
      const endpoint = new HaproxyEndpoint();
      const backend = (node: EngineNode) => ({ name: node.name, host: node.machine.address, port: node.port });
      await endpoint.open(machine, PORTS, { readWrite: backend(primary), readOnly: [backend(replica)] });
      const { user, password, database } = credentials.application;
      const setup = new pg.Client({ host: machine.address, port: PORTS.readWrite, user, password, database });
      await setup.connect();
      await setup.query('create table written (id bigint primary key)');
      await setup.end();

      const writer = new Writer(machine.address);
      await delay(300);
      await engine.reserveReplica(replica, primary.name, credentials);
      await engine.prepareSwitchover(primary, replica, credentials);
      await endpoint.route(machine, { readOnly: [backend(replica)] });
      const position = await engine.fence(primary, credentials, 10_000);
      await engine.waitForPosition(replica, position, credentials, 5_000);
      await engine.promote(replica, credentials);
      await endpoint.route(machine, { readWrite: backend(replica), readOnly: [] });
      await delay(500);
      await writer.stop();

      const reader = new pg.Client({ host: machine.address, port: PORTS.readOnly, user, password, database });
      await reader.connect();
      const found = new Set((await reader.query<{ id: string }>('select id from written')).rows.map(({ id }) => Number(id)));
      await reader.end();
      expect(writer.refusals).toEqual([]);
      expect(writer.acknowledged.filter((id) => !found.has(id))).toEqual([]);
      expect(writer.acknowledged.length).toBeGreaterThan(20);
      // Far above what it takes, below any of the pauses (connection retries, polls) that would be a mistake here.
      expect(writer.gapMs).toBeLessThan(1_500);
      if (process.env['HOLDFAST_TEST_FIGURES']) console.log(`gap ${writer.gapMs.toFixed(0)} ms, ${writer.acknowledged.length} rows`);
    } finally {
      await local.destroy();
    }
  }, 60_000);
});
