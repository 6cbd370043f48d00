import { describe, expect, it } from '@jest/globals';
import type { EngineNode, Routing } from '@holdfast/domain';
import { HaproxyEndpoint } from '@holdfast/infra/endpoints/haproxy';
import { acknowledges } from '../support/acknowledges.js';
import { deploy, type EngineHarness, never, PATIENCE_MS, pause, type RowClient } from './engine.harness.js';
import { request } from './machine.harness.js';
import { localHarness, type LocalHarness } from './machine.local-harness.js';

export interface SwitchoverCase {
  readonly engine: string;
  readonly ports: { readonly readWrite: number; readonly readOnly: number };
  /** How a server words that it does not take writes, now or any more. */
  readonly refusal: RegExp;
  makeHarness(local: LocalHarness): EngineHarness;
}

const SWITCHOVERS = 3;
/** Before a switchover, and after it. */
const WRITES_AROUND = 20;

/** Writes through the endpoint and connects anew whenever its connection breaks. */
class EndpointWriter {
  readonly acknowledged: number[] = [];
  /** Words of servers that refused a write, and of connections that were not let in. */
  readonly refusals: string[] = [];
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly connect: () => Promise<RowClient>,
    private readonly refusal: RegExp,
    private next: number,
  ) {
    this.done = this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const client = await this.connect().catch((problem: unknown) => void this.refusals.push(String(problem)));
      if (client) await this.writeUntilCutOff(client);
      else await pause(10);
    }
  }

  private async writeUntilCutOff(client: RowClient): Promise<void> {
    try {
      while (!this.stopped) {
        await client.write(this.next);
        this.acknowledged.push(this.next++);
        await pause(5);
      }
    } catch (problem) {
      // Cut off with the old primary: whether that row was written is not known, and it is not counted. A refusal by a server is.
      if (this.refusal.test(String(problem))) this.refusals.push(String(problem));
      this.next++;
    }
    await client.close().catch(() => undefined);
  }
}

const backend = (node: EngineNode): { name: string; host: string; port: number } => ({ name: node.name, host: node.machine.address, port: node.port });

/** The steps of the operation, in its order. */
const switchOver = async ({ engine, credentials }: EngineHarness, route: (routing: Routing) => Promise<void>, from: EngineNode, to: EngineNode): Promise<void> => {
  await engine.reserveReplica(to, from.name, credentials);
  await engine.prepareSwitchover(from, to, credentials);
  await route({ readOnly: [backend(to)] });
  const position = await engine.fence(from, credentials, PATIENCE_MS);
  await engine.waitForPosition(to, position, credentials, PATIENCE_MS);
  await engine.promote(to, credentials);
  await route({ readWrite: backend(to), readOnly: [] });
  expect(await engine.rejoinAsReplica(from, to, credentials, never())).toEqual({ way: 'as-is' });
  await route({ readWrite: backend(to), readOnly: [backend(from)] });
  await engine.waitUntilCaughtUp(from, to, credentials, never());
};

/** What a client behind the endpoint sees of switchovers, there and back. How long they take is a benchmark's matter. */
export const describeSwitchover = ({ engine, ports, refusal, makeHarness }: SwitchoverCase): void =>
  describe(`a ${engine} switchover behind the endpoint`, () => {
    it('delays a writing client, refuses it never, and loses nothing acknowledged', async () => {
      const local = await localHarness();
      const harness = makeHarness(local);
      try {
        const { primary, replicas } = await deploy(harness, 'node', 1);
        const nodes = [primary, replicas[0] as EngineNode];
        const machine = await local.provider.create(request([ports.readWrite, ports.readOnly]));
        const endpoint = new HaproxyEndpoint();
        await endpoint.open(machine, ports, { readWrite: backend(primary), readOnly: [backend(nodes[1] as EngineNode)] });
        const behind = (port: number) => (): Promise<RowClient> => harness.connect({ ...primary, machine, port });
        for (let round = 0; round < SWITCHOVERS; round += 1) {
          const writer = new EndpointWriter(behind(ports.readWrite), refusal, 1_000_000 * (round + 1));
          await acknowledges(writer, WRITES_AROUND);
          await switchOver(harness, (routing) => endpoint.route(machine, routing), nodes[round % 2] as EngineNode, nodes[(round + 1) % 2] as EngineNode);
          await acknowledges(writer, WRITES_AROUND);
          await writer.stop();
          const reader = await behind(ports.readOnly)();
          const found = new Set(await reader.read());
          await reader.close();
          expect(writer.refusals).toEqual([]);
          expect(writer.acknowledged.filter((id) => !found.has(id))).toEqual([]);
        }
      } finally {
        await local.destroy();
      }
    }, 300_000);
  });
