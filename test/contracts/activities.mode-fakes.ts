import type { EngineNode, MemberHealth, MoveOptions, MultiPrimaryEngine, ShardedEngine, ShardNodeHealth } from '@holdfast/domain';
import type { FakeServer, FakeWorld } from './activities.fakes.js';

const entering =
  (world: FakeWorld) =>
  async (text: string): Promise<void> => {
    await world.enter(text);
    if (world.engineError !== undefined) throw world.engineError;
  };

const install = async (world: FakeWorld, node: EngineNode): Promise<void> => {
  await entering(world)(`install ${node.name}`);
  if (!world.servers.has(node.name)) world.installs(node.name);
};

const setState =
  (world: FakeWorld, state: FakeServer['state']) =>
  async (node: EngineNode): Promise<void> => {
    await entering(world)(`${state} ${node.name}`);
    world.server(node.name).state = state;
  };

const namesOf = (nodes: readonly EngineNode[]): string => nodes.map((node) => node.name).sort().join();

/** Every running server is in the one group. */
export const fakeGroup = (world: FakeWorld): MultiPrimaryEngine => {
  const call = entering(world);
  const join = async (node: EngineNode, members: readonly EngineNode[]): Promise<void> => {
    await call(`join ${node.name}`);
    Object.assign(world.server(node.name), { state: 'running', role: 'primary', hasData: true, remembers: namesOf(members) });
  };
  const leave = setState(world, 'stopped');
  return {
    install: (node) => install(world, node),
    bootstrapGroup: join,
    joinGroup: join,
    rememberMembers: async (node, members) => {
      await call(`remember ${node.name}`);
      world.server(node.name).remembers = namesOf(members);
    },
    leaveGroup: leave,
    stop: leave,
    startGroup: async (members) => {
      for (const node of members) await join(node, members);
      return { startedFrom: members[0]?.name ?? '', position: '42' };
    },
    memberHealth: async (node) => memberHealth(world, node),
  };
};

const memberHealth = (world: FakeWorld, node: EngineNode): MemberHealth => {
  const running = [...world.servers].filter(([, server]) => server.state === 'running').map(([name]) => name).sort();
  if (!running.includes(node.name)) return { reachable: false, problem: 'connection refused' };
  const hasQuorum = running.length * 2 > world.servers.size;
  const writable = hasQuorum && world.server(node.name).role === 'primary';
  return { reachable: true, writable, state: writable ? 'synced' : 'joining', detail: 'as it is', groupSize: running.length, hasQuorum, members: running, position: '42', serverVersion: '18' };
};

/** Slots are counted, not named: the driver's own behaviour has its own contract. */
export const fakeShards = (world: FakeWorld): ShardedEngine => {
  const call = entering(world);
  const of = (node: EngineNode): FakeServer => world.server(node.name);
  const spread = async (primaries: readonly EngineNode[], { onProgress, signal }: MoveOptions): Promise<void> => {
    await call(`spread ${namesOf(primaries)}`);
    signal.throwIfAborted();
    onProgress({ slotsMoved: 1, slotsToMove: 2 });
    const total = [...world.servers.values()].reduce((sum, server) => sum + (server.slots ?? 0), 0);
    for (const server of world.servers.values()) if (server.slots !== undefined) server.slots = 0;
    for (const primary of primaries) Object.assign(of(primary), { role: 'primary', slots: total / primaries.length });
  };
  const attach = async (node: EngineNode, primary: EngineNode): Promise<void> => {
    await call(`attach ${node.name}`);
    Object.assign(of(node), { state: 'running', role: 'replica', upstream: primary.name, slots: 0, hasData: true });
  };
  return {
    install: (node) => install(world, node),
    startEmpty: async (node, required) => {
      await call(`start empty ${node.name}`);
      Object.assign(of(node), { state: 'running', role: 'primary', slots: of(node).slots ?? 0, sync: required === 0 ? '' : `${required} of its shard` });
    },
    formCluster: async (shards) => {
      for (const { primary, replicas } of shards) {
        Object.assign(of(primary), { state: 'running', role: 'primary', slots: 4000, hasData: true });
        for (const replica of replicas) await attach(replica, primary);
      }
    },
    attachReplica: attach,
    addShard: (primary, primaries, _, options) => spread([...primaries, primary], options),
    drainShard: (_, others, __, options) => spread(others, options),
    spreadEvenly: (primaries, _, options) => spread(primaries, options),
    forgetNode: async (node) => {
      await call(`forget ${node.name}`);
      Object.assign(of(node), { slots: 0, hasData: false });
      delete of(node).upstream;
    },
    shardHealth: async (node) => shardHealth(world, node),
    failOverWithinShard: async (replica, primary) => {
      await call(`take over ${replica.name}`);
      if (of(replica).upstream === undefined) return;
      const { slots = 0 } = of(primary);
      Object.assign(of(replica), { role: 'primary', slots });
      delete of(replica).upstream;
      Object.assign(of(primary), { role: 'replica', slots: 0, upstream: replica.name });
    },
    stop: setState(world, 'stopped'),
    start: setState(world, 'running'),
  };
};

/** Servers are kept by name, machines by id, both in the order of their ordinals. */
const addressOf = (world: FakeWorld, name: string): string => `${[...world.machines.values()][[...world.servers.keys()].indexOf(name)]?.address ?? 'nowhere'}:5432`;

const shardHealth = (world: FakeWorld, node: EngineNode): ShardNodeHealth => {
  const server = world.servers.get(node.name);
  if (server?.state !== 'running') return { reachable: false, problem: 'connection refused' };
  const upstream = server.upstream;
  const slotCount = server.slots ?? 0;
  return {
    reachable: true,
    role: upstream !== undefined ? 'replica' : slotCount > 0 ? 'primary' : 'empty',
    clusterOk: world.lagBytes === 0,
    slotCount,
    slotsInMotion: 0,
    // By address, as the engines of the Redis family know each other.
    ...(upstream === undefined ? {} : { primaryName: addressOf(world, upstream) }),
    streaming: upstream !== undefined && world.servers.get(upstream)?.state === 'running',
    replayLagBytes: 0,
    position: '42',
    knownAddresses: [],
    serverVersion: '18',
  };
};
