import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClusterNode } from '@holdfast/domain';
import { eventually } from '../support/api-client.js';
import { today } from '../support/rotation.js';
import { onRedisServer } from '../support/servers/redis-asker.js';
import { connectToShards, type ShardClient } from '../support/servers/shard-client.js';
import { keysOnPrimaries, shardsAreWhole, slotsOfShards } from '../support/servers/shards-truth.js';
import { lostBy, ShardWriter } from '../support/servers/shard-writer.js';
import { leftovers, readCluster, stepStarted, targetOf } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';
import { chooseFaults, type ShardFault } from './resharding.cells.js';
import { clusterName } from './stage.js';

const FAULT_LIMIT_MS = 300_000;
/** By then some slots have moved and most have not; where they move key by key, eight are open at any time. */
const SLOTS_MOVED_MIN = 100;

/**
 * Something dies while slots move, some of them open at both ends. Afterwards the operation has ended, the servers are what the facts
 * say, every slot is covered and none is open, and every key that was acknowledged is there, once.
 * All: `HOLDFAST_CHAOS=all ./holdfast test chaos`.
 */
describe('faults of shards', () => {
  let stack: TestStack;
  let clusters = 0;
  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);
  afterAll(() => stack.stop(), 120_000);

  it.each(chooseFaults(process.env['HOLDFAST_CHAOS'] ?? 'slice', today()).map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_, fault) => {
      const name = clusterName('reshard', (clusters += 1));
      const shards = fault.move === 'remove' ? 4 : 3;
      await stack.deploy(name, { engine: 'valkey', version: fault.version, mode: 'sharded', shards, nodes: shards * 2 });
      const client = await connectTo(stack, name);
      try {
        const before = await writeFor(client, 'before', 1_500);
        const during = await (fault.move === 'none' ? takenOverByItself(stack, client, name) : brokenMove(stack, client, { name, fault }));
        const cluster = await shardsAreWhole(stack, name);
        const slots = await slotsOfShards(stack, cluster);
        expect(slots.reduce((sum, count) => sum + count, 0)).toBe(16_384);
        for (const writer of [before, during]) expect(await lostBy(client, writer)).toEqual([]);
        // A write whose answer was lost with a connection may have been done.
        const least = before.acknowledged.length + during.acknowledged.length;
        const keys = await keysOnPrimaries(stack, cluster);
        expect(keys).toBeGreaterThanOrEqual(least);
        expect(keys).toBeLessThanOrEqual(least + during.errors.length);
        if (fault.victim === 'worker') expect(during.errors).toEqual([]);
        await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${name}`, { confirm: name }));
        expect(await leftovers(stack, cluster.id)).toEqual({ processes: [], directories: [] });
      } finally {
        await client.close();
      }
    },
    FAULT_LIMIT_MS,
  );
});

const connectTo = async (stack: TestStack, name: string): Promise<ShardClient> => {
  const { body } = await stack.api.get(`/clusters/${name}/credentials`);
  const seeds = (body['seeds'] as unknown as string[]).map((seed) => ({ host: seed.split(':')[0] ?? '', port: Number(seed.split(':')[1]) }));
  return connectToShards(seeds, { user: String(body['user']), password: String(body['password']) });
};

const writeFor = async (client: ShardClient, prefix: string, timeMs: number): Promise<ShardWriter> => {
  const writer = new ShardWriter(client, prefix);
  await new Promise((resolve) => setTimeout(resolve, timeMs));
  await writer.stop();
  return writer;
};

const primariesIn = async (stack: TestStack, name: string): Promise<ClusterNode[]> => (await readCluster(stack, name)).nodes.filter((node) => node.role === 'shard-primary');

/** Nobody has to do anything about a part or a server that died and came back: the operation goes on where it was. */
const brokenMove = async (stack: TestStack, client: ShardClient, { name, fault }: { name: string; fault: ShardFault }): Promise<ShardWriter> => {
  const last = (await primariesIn(stack, name)).at(-1)?.name ?? '';
  const writer = new ShardWriter(client, 'during');
  try {
    const operation =
      fault.move === 'add'
        ? await stack.api.accepted('POST', `/clusters/${name}/nodes`, { newShard: true })
        : await stack.api.accepted('DELETE', `/clusters/${name}/nodes/${last}`, { confirm: last, wholeShard: true });
    await stepStarted(stack, operation, fault.move === 'add' ? 'move-slots' : 'drain-shard', 60_000);
    await someSlotsMoved(stack, name, fault.move);
    await strike(stack, name, fault);
    expect(await eventually('the operation ends', 180_000, () => stack.ended(operation, 10_000))).toBe('succeeded');
  } finally {
    await writer.stop();
  }
  return writer;
};

/** The last shard is the one that takes or gives. */
const someSlotsMoved = async (stack: TestStack, name: string, move: ShardFault['move']): Promise<void> => {
  const slotsOfLast = async (): Promise<number> => (await slotsOfShards(stack, await readCluster(stack, name))).at(-1) ?? 0;
  const atFirst = move === 'add' ? 0 : await slotsOfLast();
  await eventually('slots are moving', 60_000, async () => (Math.abs((await slotsOfLast()) - atFirst) >= SLOTS_MOVED_MIN ? true : undefined));
};

const strike = async (stack: TestStack, name: string, { move, victim }: ShardFault): Promise<void> => {
  if (victim === 'worker') {
    await stack.kill('worker');
    await stack.startPart('worker');
    return;
  }
  const primaries = await primariesIn(stack, name);
  const last = victim === (move === 'add' ? 'taker' : 'giver');
  process.kill(pidOf(last ? primaries.at(-1) : primaries[0]), 'SIGKILL');
};

const pidOf = (node: ClusterNode | undefined): number => {
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && titleOf(entry).includes(` ${node?.address}:${node?.port} `));
  if (node === undefined || pid === undefined) throw new Error(`No server of ${node?.name ?? 'nobody'} runs.`);
  return Number(pid);
};

/** These servers call themselves by their address. */
const titleOf = (pid: string): string => {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} `;
  } catch {
    return ''; // It has ended meanwhile.
  }
};

/** The servers replace a primary that does not answer; promoting the one that they chose makes the facts follow. */
const takenOverByItself = async (stack: TestStack, client: ShardClient, name: string): Promise<ShardWriter> => {
  const cluster = await readCluster(stack, name);
  const primary = cluster.nodes.find((node) => node.role === 'shard-primary' && node.shard === 1);
  const replica = cluster.nodes.find((node) => node.role === 'shard-replica' && node.shard === 1);
  if (replica === undefined) throw new Error('Shard 1 has no replica.');
  const pid = pidOf(primary);
  const target = await targetOf(stack, cluster, replica);
  process.kill(pid, 'SIGSTOP');
  try {
    await eventually('the replica takes over', 60_000, async () => ((await onRedisServer(target, async (ask) => String(await ask('ROLE')))).startsWith('master') ? true : undefined));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await stack.succeeded(await stack.api.accepted('POST', `/clusters/${name}/nodes/${replica.name}/promote`, { confirm: replica.name }));
  return writeFor(client, 'after', 1_000);
};
