import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { primaryOf, replicasOf, type ClusterNode } from '@holdfast/domain';
import { buildMachineImage } from '@holdfast/infra/providers/docker';
import { withDebianSuites } from '../support/further-sources.js';
import { testDocker, type TestDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { clusterIsAsFactsSay, writeTo } from '../support/mode-truth.js';
import { chooseByDay, today } from '../support/rotation.js';
import { rowsOnNodes } from '../support/rows-on-nodes.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster, serversSayWhatFactsSay, writeThroughEndpoint } from '../support/truth.js';
import { putClockAhead } from './clock-ahead.js';
import { atDocker, NOTHING } from './docker-truth.js';

const TABLE = 'holdfast_write_gap';
/** Packages are installed on each machine, one process of apt on each; limits are for machines that are busy with other tests, too. */
const DEPLOY_MS = 900_000;
const OPERATION_MS = 400_000;

/** What is deployed, in the versions that the machines' sources have. */
interface Life {
  readonly name: string;
  readonly always?: boolean;
  readonly engine: string;
  readonly version: string;
  /** Its server has an allocator's own functions, and ends at once when what fakes its clock brings another allocator. */
  readonly keepsItsClock?: boolean;
  /** Suites of Debian that the machines' image needs for it beside its own, and what is downloaded into the image from there. */
  readonly from?: readonly string[];
  /** Other than a primary with a replica. */
  readonly shape?: { readonly mode: 'sharded' | 'multi-primary'; readonly nodes: number; readonly shards?: number; readonly replicasPerShard?: number };
}

const TRIXIE = ['trixie'];
/** Packages of unstable find what they replace as it is in the release before. */
const UNSTABLE = ['trixie', 'sid'];

/** One of them each day beside PostgreSQL; HOLDFAST_TEST_ENGINES names others. */
const LIVES: readonly Life[] = [
  { name: 'postgresql', engine: 'postgresql', version: '15', always: true },
  { name: 'valkey', engine: 'valkey', version: '8', keepsItsClock: true },
  { name: 'redis', engine: 'redis', version: '7' },
  { name: 'mariadb', engine: 'mariadb', version: '10.11' },
  { name: 'valkey-sharded', engine: 'valkey', version: '8', shape: { mode: 'sharded', nodes: 3, shards: 3, replicasPerShard: 0 } },
  { name: 'mariadb-group', engine: 'mariadb', version: '10.11', shape: { mode: 'multi-primary', nodes: 3 } },
  { name: 'redis-sharded', engine: 'redis', version: '7', shape: { mode: 'sharded', nodes: 3, shards: 3, replicasPerShard: 0 } },
  { name: 'timescaledb', engine: 'timescaledb', version: '17', from: TRIXIE },
];

/** Only by name: what unstable has is another version one day, or cannot be installed; the others are like one of those above. */
const FURTHER_LIVES: readonly Life[] = [
  { name: 'mysql', engine: 'mysql', version: '9.7', keepsItsClock: true, from: UNSTABLE },
  { name: 'mysql-group', engine: 'mysql', version: '9.7', from: UNSTABLE, shape: { mode: 'multi-primary', nodes: 3 } },
  { name: 'postgresql-17', engine: 'postgresql', version: '17', from: TRIXIE },
  { name: 'mariadb-11.8', engine: 'mariadb', version: '11.8', from: TRIXIE },
];
const wanted = process.env['HOLDFAST_TEST_ENGINES'];
const chosen = chooseByDay(wanted === undefined ? LIVES : [...LIVES, ...FURTHER_LIVES], today(), wanted);

let daemon: TestDocker;
let stack: TestStack;

beforeAll(async () => {
  const suites = [...new Set(chosen.flatMap(({ from }) => from ?? []))];
  const downloads = chosen.flatMap(({ engine, version, from }) => (from === undefined ? [] : [`${engine}@${version}`]));
  // The image of a Docker that was not named for this is somebody's own.
  daemon = await testDocker({ mustBeOwn: suites.length > 0 && process.env['DOCKER_HOST'] === undefined });
  const { socketPath } = daemon;
  await withDebianSuites(suites, (sources) => buildMachineImage({ tools: toolsDirectory(), socketPath, report: () => undefined, sources, downloads: [...new Set(downloads)] }));
  stack = await TestStack.start({ DOCKER_HOST: `unix://${daemon.socketPath}` });
}, 700_000);
afterAll(async () => {
  await stack?.stop();
  await daemon?.stop();
}, 200_000);

const operation = async (method: string, path: string, body: object, limitMs = OPERATION_MS): Promise<void> => stack.succeeded(await stack.api.accepted(method, path, body), limitMs);
const remains = async (): ReturnType<typeof atDocker> => atDocker(daemon.socketPath, stack.configuration.installation);
const machinesOf = async (name: string): Promise<string[]> => {
  const { nodes, endpoint } = await readCluster(stack, name);
  return [...nodes.map(({ id }) => id), ...(endpoint?.machineId === undefined ? [] : [endpoint.machineId])].sort();
};

const greetingOf = async (host: string, port: number): Promise<string> => {
  const socket = connect({ host, port });
  try {
    const [piece] = (await once(socket, 'data', { signal: AbortSignal.timeout(60_000) })) as [Buffer];
    return piece.toString();
  } finally {
    socket.destroy();
  }
};

/** Through every layer, as the end-to-end tests of this machine's own: only the machines are others. */
const ofPrimaryWithReplicas = ({ engine, version, keepsItsClock }: Life, name: string): void => {
  it('is deployed with programs of Debian, and its machines are containers', async () => {
    await operation('POST', '/clusters', { name, engine, version, mode: 'primary-replica', nodes: 2, provider: 'docker' }, DEPLOY_MS);
    await serversSayWhatFactsSay(stack, name);
    expect((await remains()).containers).toEqual(await machinesOf(name));
    // Also where sshd's program was replaced by that of another release.
    for (const { address } of (await readCluster(stack, name)).nodes) expect(await greetingOf(address ?? name, 22)).toMatch(/^SSH-2\.0-/);
  }, DEPLOY_MS);

  it('grows by a node under a writing client, and every node has what was written', async () => {
    const writer = await writeThroughEndpoint(stack, name);
    await operation('POST', `/clusters/${name}/nodes`, {});
    const report = await writer.stop();
    expect(report).toMatchObject({ brokenCount: 0, missingIds: [] });
    await serversSayWhatFactsSay(stack, name);
    const cluster = await readCluster(stack, name);
    expect(await rowsOnNodes(stack, cluster, TABLE, report.acknowledgedCount)).toEqual([1, 2, 3].map(() => report.acknowledgedCount));
  }, DEPLOY_MS);

  it('moves its primary under a writing client, and nothing acknowledged is lost', async () => {
    const target = replicasOf(await readCluster(stack, name)).at(-1)?.name;
    const writer = await writeThroughEndpoint(stack, name);
    await operation('POST', `/clusters/${name}/nodes/${target}/promote`, { confirm: target });
    await writer.nextAcknowledged(60_000);
    const report = await writer.stop();
    expect(report.missingIds).toEqual([]);
    expect(primaryOf(await readCluster(stack, name))?.name).toBe(target);
    await serversSayWhatFactsSay(stack, name);
    console.log(`${engine} ${version} on Docker: longest gap of a switchover ${report.longestGapMs} ms, ${report.acknowledgedCount} writes acknowledged.`);
  }, OPERATION_MS);

  it('gives a node back with its container and its volume', async () => {
    const removed = replicasOf(await readCluster(stack, name))[0];
    await operation('DELETE', `/clusters/${name}/nodes/${removed?.name}`, { confirm: removed?.name });
    await serversSayWhatFactsSay(stack, name);
    expect(JSON.stringify(await remains())).not.toContain(removed?.id);
  }, OPERATION_MS);

  if (keepsItsClock !== true) it('moves its primary to a server whose clock is an hour ahead, and back, and nothing acknowledged is lost', async () => {
    const [before, ahead] = [primaryOf(await readCluster(stack, name)), replicasOf(await readCluster(stack, name))[0]];
    await putClockAhead(daemon.socketPath, `holdfast.${stack.configuration.installation}.${ahead?.id}`);
    await serversSayWhatFactsSay(stack, name);
    const writer = await writeThroughEndpoint(stack, name);
    for (const target of [ahead?.name, before?.name]) {
      await operation('POST', `/clusters/${name}/nodes/${target}/promote`, { confirm: target });
      await writer.nextAcknowledged(60_000);
    }
    expect((await writer.stop()).missingIds).toEqual([]);
    await serversSayWhatFactsSay(stack, name);
  }, DEPLOY_MS);
};

const shardPrimary = (nodes: readonly ClusterNode[], shard: number): string | undefined => nodes.find((node) => node.shard === shard && node.role === 'shard-primary')?.name;

/** What drivers and runbooks promise is in their contracts and end-to-end tests; here, that programs, ports and networks of such machines let them. */
const ofEquals = ({ engine, version, shape }: Required<Pick<Life, 'engine' | 'version' | 'shape'>>, name: string): void => {
  /** Nothing that was acknowledged meanwhile is lost, and all servers are as the facts say. */
  const underWriter = async (method: string, path: string, body: object): Promise<void> => {
    const writer = await writeTo(stack, name);
    await operation(method, path, body, DEPLOY_MS);
    await writer.nextAcknowledged(60_000);
    expect((await writer.stop()).missingIds).toEqual([]);
    await clusterIsAsFactsSay(stack, name);
    expect((await remains()).containers).toEqual(await machinesOf(name));
  };

  it('is deployed, and its members find each other', async () => {
    await operation('POST', '/clusters', { name, engine, version, provider: 'docker', ...shape }, DEPLOY_MS);
    await clusterIsAsFactsSay(stack, name);
    expect((await remains()).containers).toEqual(await machinesOf(name));
  }, DEPLOY_MS);

  it('grows under a writing client', async () => {
    await underWriter('POST', `/clusters/${name}/nodes`, shape.mode === 'sharded' ? { shard: 1 } : {});
    expect((await readCluster(stack, name)).nodes).toHaveLength(shape.nodes + 1);
  }, DEPLOY_MS);

  if (shape.mode === 'sharded') {
    it('lets the new node take its shard over, and moves slots to a new shard, under a writing client', async () => {
      const target = (await readCluster(stack, name)).nodes.find(({ role }) => role === 'shard-replica')?.name;
      await underWriter('POST', `/clusters/${name}/nodes/${target}/promote`, { confirm: target });
      expect(shardPrimary((await readCluster(stack, name)).nodes, 1)).toBe(target);
      await underWriter('POST', `/clusters/${name}/nodes`, { newShard: true });
      expect(shardPrimary((await readCluster(stack, name)).nodes, 4)).toBeDefined();
    }, DEPLOY_MS);
  }

  it('gives back the first of its shards, or of its members, under a writing client', async () => {
    const { nodes } = await readCluster(stack, name);
    const removed = shape.mode === 'sharded' ? shardPrimary(nodes, 2) : nodes[0]?.name;
    await underWriter('DELETE', `/clusters/${name}/nodes/${removed}`, { confirm: removed, ...(shape.mode === 'sharded' ? { wholeShard: true } : {}) });
    expect((await readCluster(stack, name)).nodes.map((node) => node.name)).not.toContain(removed);
  }, DEPLOY_MS);
};

describe.each(chosen.map((life) => [life.engine, life.version, life.shape?.mode ?? 'primary-replica', life] as const))('a cluster of %s %s in mode %s on Docker', (engine, version, _, life) => {
  const name = `docker-${life.name}`;
  if (life.shape === undefined) ofPrimaryWithReplicas(life, name);
  else ofEquals({ engine, version, shape: life.shape }, name);

  it('is deleted, and leaves no container, no volume and no network', async () => {
    await operation('DELETE', `/clusters/${name}`, { confirm: name });
    expect(await remains()).toEqual(NOTHING);
  }, OPERATION_MS);
});
