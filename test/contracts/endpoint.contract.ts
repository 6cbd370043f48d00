import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GROUP_REPLICATION_CHECK, type Machine, type Routing } from '@holdfast/domain';
import { Client, PORTS, TestServer, type EndpointHarness, type World } from './endpoint.harness.js';
import { eventually } from './machine.harness.js';

/** What clients and operations rely on, whatever program serves the two addresses. */
export const endpointContract = (name: string, make: () => Promise<EndpointHarness>): void => {
  describe(`endpoint ${name}`, () => {
    let harness: EndpointHarness;
    let machine: Machine;
    let servers: TestServer[];
    const world: World = {
      harness: () => harness,
      machine: () => machine,
      server: (index) => servers[index] as TestServer,
      backend: (index) => world.server(index).backend,
      client: (side, firstWords) => {
        const client = new Client(machine.address, PORTS[side], firstWords);
        clients.push(client);
        return client;
      },
      served: async (side) => {
        const client = world.client(side);
        await eventually('it is served', () => client.text.includes('\n') || client.closedAt !== undefined, 30_000);
        return client;
      },
    };
    const clients: Client[] = [];
    beforeAll(async () => {
      harness = await make();
      machine = await harness.createMachine([PORTS.readWrite, PORTS.readOnly]);
      servers = await Promise.all([0, 1, 2, 3].map((index) => new TestServer(`db-${index}`, harness.backendHost(index)).listen()));
    });
    afterAll(async () => {
      for (const server of servers ?? []) await server.close();
      await harness?.destroy();
    });
    beforeEach(() => harness.driver.open(machine, PORTS, { readWrite: world.backend(0), readOnly: [world.backend(1), world.backend(2)] }));
    afterEach(() => clients.splice(0).forEach((client) => client.leave()));

    routingTo(world);
    holding(world);
    restarting(world);
    refusing(world);
  });
};

const route = (world: World, routing: Routing): Promise<void> => world.harness().driver.route(world.machine(), routing);
const serversSeen = async (world: World, side: keyof typeof PORTS, times: number): Promise<string[]> => {
  const seen: string[] = [];
  for (let time = 0; time < times; time++) seen.push((await world.served(side)).server);
  return [...new Set(seen)].sort();
};

const routingTo = (world: World): void => {
  it('leads writers to the primary, readers to the replicas, and says so', async () => {
    expect(await serversSeen(world, 'readWrite', 3)).toEqual(['db-0']);
    expect(await serversSeen(world, 'readOnly', 6)).toEqual(['db-1', 'db-2']);
    expect(await world.harness().driver.inspect(world.machine())).toEqual({ running: true, routing: { readWrite: world.backend(0), readOnly: [world.backend(1), world.backend(2)] } });
  });
  it('opened again as it is keeps its connections', async () => {
    const client = await world.served('readWrite');
    await world.harness().driver.open(world.machine(), PORTS, { readWrite: world.backend(0), readOnly: [world.backend(2), world.backend(1)] });
    client.say('still here');
    await eventually('it is answered', () => client.text.endsWith('still here'));
  });
  it('changed, ends the connections that may not stay and keeps the others', async () => {
    const writer = await world.served('readWrite');
    const readers = [await world.served('readOnly'), await world.served('readOnly')];
    const staying = readers.find(({ server }) => server === 'db-2');
    const leaving = readers.find(({ server }) => server === 'db-1');
    await route(world, { readWrite: world.backend(1), readOnly: [world.backend(2), world.backend(3)] });
    await eventually('writer and reader of changed servers are cut', () => writer.closedAt !== undefined && leaving?.closedAt !== undefined);
    expect(await serversSeen(world, 'readWrite', 2)).toEqual(['db-1']);
    expect(await serversSeen(world, 'readOnly', 6)).toEqual(['db-2', 'db-3']);
    staying?.say('still here');
    await eventually('the other reader is answered', () => staying?.text.endsWith('still here') ?? false);
    expect(await world.harness().driver.inspect(world.machine())).toMatchObject({ routing: { readWrite: { name: 'db-1' }, readOnly: expect.arrayContaining([world.backend(2), world.backend(3)]) } });
  });
  it('leads readers to the primary while there is no replica', async () => {
    await route(world, { readWrite: world.backend(0), readOnly: [] });
    expect(await serversSeen(world, 'readOnly', 3)).toEqual(['db-0']);
    await route(world, { readWrite: world.backend(0), readOnly: [world.backend(3)] });
    expect(await serversSeen(world, 'readOnly', 3)).toEqual(['db-3']);
  });
  it('leaves a dead replica out, and ends what was led to it', async () => {
    const dying = new TestServer('db-9', world.harness().backendHost(9));
    await dying.listen();
    await route(world, { readWrite: world.backend(0), readOnly: [world.backend(1), dying.backend] });
    expect(await serversSeen(world, 'readOnly', 6)).toEqual(['db-1', 'db-9']);
    await dying.close();
    for (let time = 0; time < 6; time++) expect((await world.served('readOnly')).server).toBe('db-1');
  }, 60_000);
  it('where all take writes, leads writers to one other while theirs is away, and back to it', async () => {
    const { driver } = world.harness();
    const dying = await new TestServer('db-8', world.harness().backendHost(8)).listen();
    const routing: Routing = { readWrite: dying.backend, readOnly: [world.backend(1), world.backend(2)], allTakeWrites: true };
    await driver.open(world.machine(), PORTS, routing);
    expect(await driver.inspect(world.machine())).toEqual({ running: true, routing });
    expect(await serversSeen(world, 'readWrite', 3)).toEqual(['db-8']);
    await dying.close();
    await eventually('another is asked', async () => (await world.served('readWrite')).server === 'db-1', 30_000);
    expect(await serversSeen(world, 'readWrite', 4)).toEqual(['db-1']);
    await dying.listen();
    await eventually('it has its place again', async () => (await world.served('readWrite')).server === 'db-8', 30_000);
    await dying.close();
    await route(world, { readWrite: world.backend(0), readOnly: [] });
    expect(await driver.inspect(world.machine())).toEqual({ running: true, routing: { readWrite: world.backend(0), readOnly: [] } });
    // Its servers may not know who asks.
    await route(world, { readWrite: world.backend(1), readOnly: [], check: GROUP_REPLICATION_CHECK });
    expect(await driver.inspect(world.machine())).toEqual({ running: true, routing: { readWrite: world.backend(1), readOnly: [] } });
  }, 120_000);
  it('takes as many replicas as it says', async () => {
    const many = Array.from({ length: 32 }, (_, index) => ({ ...world.backend(1 + (index % 3)), name: `r-${index}`, host: world.harness().backendHost(40 + index) }));
    await route(world, { readWrite: world.backend(0), readOnly: many });
    expect((await world.harness().driver.inspect(world.machine())).routing.readOnly).toEqual(expect.arrayContaining(many));
    await expect(route(world, { readWrite: world.backend(0), readOnly: [...many, world.backend(1)] })).rejects.toThrow(/32/);
  });
};

const holding = (world: World): void => {
  it('lets who connects during a switchover wait, silent or not, and serves them at once by the new primary', async () => {
    const before = await world.served('readWrite');
    await route(world, { readOnly: [world.backend(2)] });
    const waiting = [world.client('readWrite'), world.client('readWrite', 'hello')];
    await delay(700);
    // It is for the old primary's own stop to end it: until then its writes are acknowledged.
    expect(before.closedAt).toBeUndefined();
    expect(waiting.map(({ text, closedAt }) => [text, closedAt])).toEqual([['', undefined], ['', undefined]]);
    expect((await world.harness().driver.inspect(world.machine())).routing).toEqual({ readOnly: [world.backend(2)] });
    await route(world, { readWrite: world.backend(1), readOnly: [world.backend(2)] });
    await eventually('the old primary has no client', () => before.closedAt !== undefined);
    await eventually('they are served', () => waiting.every(({ text }) => text.includes('\n')));
    await eventually('what was said meanwhile is answered', () => waiting[1]?.text === 'db-1\nhello');
    expect(waiting[0]?.text).toBe('db-1\n');
  });
  it('never shows an error to a client that connects anew each 10 ms', async () => {
    const seen: string[] = [];
    let isOver = false;
    const client = (async () => {
      while (!isOver) {
        const { server } = await world.served('readWrite');
        seen.push(server);
        await delay(10);
      }
    })();
    try {
      await eventually('it is served', () => seen.includes('db-0'));
      await route(world, { readOnly: [world.backend(1)] });
      await delay(300);
      await route(world, { readWrite: world.backend(2), readOnly: [world.backend(1)] });
      await eventually('it is served by the new primary', () => seen.includes('db-2'));
    } finally {
      isOver = true;
      await client;
    }
    expect([...new Set(seen)]).toEqual(['db-0', 'db-2']);
  });
  it('serves readers meanwhile, and holds those as well who have no replica', async () => {
    await route(world, { readOnly: [world.backend(2)] });
    expect(await serversSeen(world, 'readOnly', 2)).toEqual(['db-2']);
    await route(world, { readOnly: [] });
    const reader = world.client('readOnly');
    await delay(200);
    expect([reader.text, reader.closedAt]).toEqual(['', undefined]);
    await route(world, { readWrite: world.backend(3), readOnly: [] });
    await eventually('it is served', () => reader.server === 'db-3');
  });
  it('refuses in the end when no primary comes', async () => {
    await route(world, { readOnly: [] });
    const began = performance.now();
    const client = world.client('readWrite');
    await eventually('it is refused', () => client.closedAt !== undefined, 40_000);
    expect((client.closedAt ?? 0) - began).toBeGreaterThan(5_000);
    expect(client.text).toBe('');
  }, 60_000);
  it('waits for a primary that is led to but does not listen yet', async () => {
    const late = new TestServer('db-8', world.harness().backendHost(8));
    await route(world, { readWrite: late.backend, readOnly: [] });
    const client = world.client('readWrite');
    await delay(500);
    await late.listen();
    await eventually('it is served', () => client.server === 'db-8');
    await late.close();
  });
};

const restarting = (world: World): void => {
  it('keeps where it leads over a crash', async () => {
    await route(world, { readWrite: world.backend(3), readOnly: [world.backend(1)] });
    await world.harness().crash(world.machine());
    await eventually('it runs anew', async () => (await world.harness().driver.inspect(world.machine())).running);
    expect(await world.harness().driver.inspect(world.machine())).toEqual({ running: true, routing: { readWrite: world.backend(3), readOnly: [world.backend(1)] } });
    expect(await serversSeen(world, 'readWrite', 2)).toEqual(['db-3']);
  });
  it('is led elsewhere although it has just crashed', async () => {
    await world.harness().crash(world.machine());
    await route(world, { readWrite: world.backend(2), readOnly: [] });
    expect(await serversSeen(world, 'readWrite', 2)).toEqual(['db-2']);
  });
  it('listens on other ports when opened with them', async () => {
    const other = { readWrite: PORTS.readOnly, readOnly: PORTS.readWrite };
    await world.harness().driver.open(world.machine(), other, { readWrite: world.backend(0), readOnly: [world.backend(1)] });
    expect(await serversSeen(world, 'readOnly', 2)).toEqual(['db-0']);
  });
};

const refusing = (world: World): void => {
  it('is closed: nobody listens, connections are ended, and it may be repeated and undone', async () => {
    const client = await world.served('readWrite');
    const { driver } = world.harness();
    await driver.close(world.machine());
    await driver.close(world.machine());
    await eventually('its client is cut', () => client.closedAt !== undefined);
    expect((await world.served('readWrite')).text).toBe('');
    expect(await driver.inspect(world.machine())).toEqual({ running: false, routing: { readOnly: [] } });
    await expect(route(world, { readOnly: [] })).rejects.toThrow(/not opened/);
    await driver.open(world.machine(), PORTS, { readWrite: world.backend(0), readOnly: [] });
    expect(await serversSeen(world, 'readWrite', 1)).toEqual(['db-0']);
  });
  it('takes no name or address that is none', async () => {
    const good = world.backend(0);
    for (const bad of [{ ...good, name: 'a b' }, { ...good, name: 'x\nserver evil 1.2.3.4:5' }, { ...good, host: 'db; disable' }, { ...good, host: 'example.org' }, { ...good, port: 0 }, { ...good, port: 1.5 }]) {
      await expect(route(world, { readWrite: bad, readOnly: [] })).rejects.toMatchObject({ name: 'InvalidRouting' });
      await expect(route(world, { readOnly: [bad] })).rejects.toMatchObject({ name: 'InvalidRouting' });
    }
    expect(await serversSeen(world, 'readWrite', 1)).toEqual(['db-0']);
  });
};
