import {
  EventStoreUnavailable,
  MachineUnreachable,
  type AppendResult,
  type EndpointDriver,
  type EngineNode,
  type EventStore,
  type Machine,
  type MachineListing,
  type MachineMetrics,
  type NodeHealth,
  type Provider,
  type ReplicatedEngine,
  type Routing,
  type Secrets,
} from '@holdfast/domain';

const GIB = 1024 ** 3;

export interface FakeServer {
  state: 'installed' | 'running' | 'stopped';
  role: 'primary' | 'replica';
  hasData: boolean;
  /** How it became a replica again; a repeated call answers the same. */
  rejoined?: 'as-is' | 'rewind';
  upstream?: string;
  reservations: Set<string>;
  sync: string;
  /** Of a group: whom it remembers. */
  remembers?: string;
  /** Of a sharded cluster: how many slots it serves. */
  slots?: number;
}

/** What machines, servers and the endpoint are, in memory; the activities' tests look at it and break it. */
export class FakeWorld {
  readonly machines = new Map<string, { address: string; state: MachineListing['state'] }>();
  /** By node name. */
  readonly servers = new Map<string, FakeServer>();
  endpoint: { open: boolean; routing?: Routing } = { open: false };
  /** Machines that have the endpoint's program. */
  readonly endpointPrograms = new Set<string>();
  readonly passwords = new Map<string, string>();
  readonly calls: string[] = [];
  metrics: Pick<MachineMetrics, 'diskFreeBytes' | 'diskTotalBytes'> = { diskFreeBytes: 5 * GIB, diskTotalBytes: 10 * GIB };
  lagBytes = 0;
  /** Awaited by each call before it does anything. */
  gate: ((call: string) => Promise<void>) | undefined;
  /** Set to make calls of the engine fail before they do anything. */
  engineError: Error | undefined;

  /** What there is, without how it came about. */
  snapshot(): unknown {
    const plain = (value: unknown): unknown => (value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value].sort() : value);
    const { machines, servers, endpoint, endpointPrograms, passwords } = this;
    return JSON.parse(JSON.stringify({ machines, servers, endpoint, endpointPrograms, passwords: [...passwords.keys()].sort() }, (_, value: unknown) => plain(value)));
  }

  server(name: string): FakeServer {
    const server = this.servers.get(name);
    if (server === undefined) throw new Error(`${name} has no server.`);
    return server;
  }

  async enter(call: string): Promise<void> {
    this.calls.push(call);
    await this.gate?.(call);
  }

  /** Programs only. */
  installs(name: string): void {
    this.servers.set(name, { state: 'installed', role: 'replica', hasData: false, reservations: new Set(), sync: '' });
  }

  /** A member that serves. */
  joins(name: string): void {
    this.runs(name, 'primary');
  }

  /** The primary of a shard with slots, or a replica of `upstream`. */
  takesShard(name: string, upstream?: string): void {
    this.runs(name, upstream === undefined ? 'primary' : 'replica', upstream);
    this.server(name).slots = upstream === undefined ? 4000 : 0;
  }

  /** A running server, as an earlier step left it. */
  runs(name: string, role: 'primary' | 'replica', upstream?: string): void {
    this.servers.set(name, { state: 'running', role, hasData: true, ...(upstream === undefined ? {} : { upstream }), reservations: new Set(), sync: '' });
  }
}

export const fakeProvider = (world: FakeWorld): Provider => ({
  name: 'local',
  create: async ({ machineId }) => {
    await world.enter(`create ${machineId}`);
    if (!world.machines.has(machineId)) world.machines.set(machineId, { address: `127.1.0.${world.machines.size + 1}`, state: 'present' });
    return machineOf(world, machineId);
  },
  get: async (machineId) => machineOf(world, machineId),
  destroy: async (machineId) => {
    await world.enter(`destroy ${machineId}`);
    world.machines.delete(machineId);
  },
  reboot: async () => undefined,
  list: async () => [...world.machines].map(([machineId, { address, state }]) => ({ machineId, clusterId: '', name: machineId, address, createdAt: new Date(0).toISOString(), state })),
  quarantine: async () => undefined,
  softwareVersions: async () => ['18'],
});

const machineOf = (world: FakeWorld, id: string): Machine => {
  const machine = world.machines.get(id);
  if (machine === undefined) throw new MachineUnreachable(`Machine ${id} does not exist.`);
  const known: Partial<Machine> = { id, address: machine.address, metrics: async () => world.metrics as MachineMetrics };
  return known as Machine;
};

export const fakeEndpoint = (world: FakeWorld): EndpointDriver => ({
  install: async (machine) => void world.endpointPrograms.add(machine.id),
  open: async (_, __, routing) => void (world.endpoint = { open: true, routing }),
  route: async (_, routing) => void (world.endpoint = { open: true, routing }),
  close: async () => void (world.endpoint = { open: false }),
  inspect: async () => ({ running: world.endpoint.open, routing: world.endpoint.routing ?? { readOnly: [] } }),
});

export const fakeSecrets = (world: FakeWorld): Secrets => ({
  ensure: async (reference) => {
    if (!world.passwords.has(reference)) world.passwords.set(reference, `canary-${reference}`);
    return world.passwords.get(reference) ?? '';
  },
  put: async (reference, value) => void world.passwords.set(reference, value),
  get: async (reference) => world.passwords.get(reference) ?? '',
  destroy: async (prefix) => {
    for (const reference of world.passwords.keys()) if (reference.startsWith(prefix)) world.passwords.delete(reference);
  },
});

/** One log for all: the position is a constant, the state is what matters here. The driver's own behaviour has its own contract. */
export const fakeEngine = (world: FakeWorld): ReplicatedEngine => {
  const call = async (text: string): Promise<void> => {
    await world.enter(text);
    if (world.engineError !== undefined) throw world.engineError;
  };
  const of = (node: EngineNode): FakeServer => world.server(node.name);
  const stop = async (node: EngineNode): Promise<void> => {
    await call(`stop ${node.name}`);
    of(node).state = 'stopped';
  };
  const start = async (node: EngineNode): Promise<void> => {
    await call(`start ${node.name}`);
    of(node).state = 'running';
  };
  const follow = async (node: EngineNode, upstream: EngineNode): Promise<void> => {
    await call(`follow ${node.name}`);
    Object.assign(of(node), { state: 'running', role: 'replica', upstream: upstream.name });
  };
  return {
    install: async (node) => {
      await call(`install ${node.name}`);
      if (!world.servers.has(node.name)) world.servers.set(node.name, { state: 'installed', role: 'replica', hasData: false, reservations: new Set(), sync: '' });
    },
    startAsPrimary: async (node) => {
      await call(`start primary ${node.name}`);
      Object.assign(of(node), { state: 'running', role: 'primary', hasData: true });
    },
    reserveReplica: async (upstream, name) => void of(upstream).reservations.add(name),
    releaseReplica: async (upstream, name) => {
      await call(`release ${name}`);
      of(upstream).reservations.delete(name);
    },
    cloneFrom: async (node) => {
      await call(`clone ${node.name}`);
      of(node).hasData = true;
    },
    followUpstream: follow,
    waitUntilCaughtUp: async (node) => call(`catch up ${node.name}`),
    setSyncPolicy: async (node, policy) => {
      await call(`sync ${node.name}`);
      of(node).sync = `${policy.required} of ${policy.among.join()}`;
    },
    health: async (node) => healthOf(world, node),
    prepareSwitchover: async () => call('prepare'),
    fence: async (node) => {
      await stop(node);
      return '0/42';
    },
    unfence: start,
    stopCleanly: stop,
    waitForPosition: async (node) => call(`wait ${node.name}`),
    start,
    promote: async (node) => {
      await call(`promote ${node.name}`);
      const server = of(node);
      server.role = 'primary';
      delete server.upstream;
    },
    rejoinAsReplica: async (node, upstream) => {
      const way = of(node).role === 'primary' ? 'rewind' : (of(node).rejoined ?? 'as-is');
      await follow(node, upstream);
      of(node).rejoined = way;
      return { way };
    },
  };
};

const healthOf = (world: FakeWorld, node: EngineNode): NodeHealth => {
  const server = world.servers.get(node.name);
  if (server?.state !== 'running') return { reachable: false, problem: 'connection refused' };
  const followers = [...world.servers].filter(([, other]) => other.state === 'running' && other.upstream === node.name);
  return {
    reachable: true,
    role: server.role,
    position: '0/42',
    streaming: server.upstream !== undefined && world.servers.get(server.upstream)?.state === 'running',
    replayLagBytes: 0,
    replicas: server.role === 'primary' ? followers.map(([name]) => ({ name, streaming: true, synchronous: server.sync.includes(name), replayLagBytes: world.lagBytes })) : [],
    serverVersion: '18',
  };
};

/** The real store, which fails once on demand. */
export class FlakyStore {
  /** `before`: nothing is written. `after`: it is written, and the answer is lost. */
  failNext: 'before' | 'after' | undefined;
  beforeNext: (() => Promise<void>) | undefined;
  readonly store: EventStore;

  constructor(real: EventStore) {
    this.store = new Proxy(real, {
      get: (target, name) => (name === 'append' ? (...args: Parameters<EventStore['append']>) => this.append(target, args) : bound(target, name)),
    });
  }

  private async append(real: EventStore, args: Parameters<EventStore['append']>): Promise<AppendResult> {
    const [moment, act] = [this.failNext, this.beforeNext];
    [this.failNext, this.beforeNext] = [undefined, undefined];
    await act?.();
    if (moment === 'before') throw new EventStoreUnavailable('The connection broke before the write.');
    const result = await real.append(...args);
    if (moment === 'after') throw new EventStoreUnavailable('The connection broke after the write.');
    return result;
  }
}

const bound = (target: EventStore, name: string | symbol): unknown => {
  const member: unknown = Reflect.get(target, name);
  return typeof member === 'function' ? (member.bind(target) as unknown) : member;
};
