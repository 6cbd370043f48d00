import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { primaryOf, replicasOf } from '@holdfast/domain';
import { buildMachineImage } from '@holdfast/infra/providers/docker';
import { testDocker, type TestDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { chooseByDay, today } from '../support/rotation.js';
import { askerOf } from '../support/servers/index.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster, serversSayWhatFactsSay, targetOf, writeThroughEndpoint } from '../support/truth.js';
import { atDocker, NOTHING } from './docker-truth.js';

const TABLE = 'holdfast_write_gap';
/** Packages are installed on each machine. */
const DEPLOY_MS = 400_000;
const OPERATION_MS = 200_000;

/** In the versions that the machines' sources have. One of them each day beside PostgreSQL; HOLDFAST_TEST_ENGINES names others. */
const ENGINES = [
  { name: 'postgresql', version: '15', always: true },
  { name: 'valkey', version: '8' },
  { name: 'redis', version: '7' },
  { name: 'mariadb', version: '10.11' },
];
const chosen = chooseByDay(ENGINES, today(), process.env['HOLDFAST_TEST_ENGINES']).map(({ name, version }) => [name, version] as const);

let daemon: TestDocker;
let stack: TestStack;

beforeAll(async () => {
  daemon = await testDocker();
  await buildMachineImage({ tools: toolsDirectory(), socketPath: daemon.socketPath, report: () => undefined });
  stack = await TestStack.start({ DOCKER_HOST: `unix://${daemon.socketPath}` });
}, 400_000);
afterAll(async () => {
  await stack?.stop();
  await daemon?.stop();
}, 200_000);

const operation = async (method: string, path: string, body: object, limitMs = OPERATION_MS): Promise<void> => stack.succeeded(await stack.api.accepted(method, path, body), limitMs);
const remains = async (): ReturnType<typeof atDocker> => atDocker(daemon.socketPath, stack.configuration.installation);

/** Through every layer, as the end-to-end tests of this machine's own: only the machines are others. */
describe.each(chosen)('a cluster of %s %s on Docker', (engine, version) => {
  const name = `docker-${engine}`;

  it('is deployed with programs of Debian, and its machines are containers', async () => {
    await operation('POST', '/clusters', { name, engine, version, mode: 'primary-replica', nodes: 2, provider: 'docker' }, DEPLOY_MS);
    await serversSayWhatFactsSay(stack, name);
    const { nodes, endpoint } = await readCluster(stack, name);
    expect((await remains()).containers.sort()).toEqual([...nodes.map(({ id }) => id), endpoint?.machineId].sort());
  }, DEPLOY_MS);

  it('grows by a node under a writing client, and every node has what was written', async () => {
    const writer = await writeThroughEndpoint(stack, name);
    await operation('POST', `/clusters/${name}/nodes`, {});
    const report = await writer.stop();
    expect(report).toMatchObject({ brokenCount: 0, missingIds: [] });
    await serversSayWhatFactsSay(stack, name);
    const cluster = await readCluster(stack, name);
    const counts = await Promise.all(cluster.nodes.map(async (node) => askerOf(engine).countRows(await targetOf(stack, cluster, node), TABLE)));
    expect(counts).toEqual([1, 2, 3].map(() => report.acknowledgedCount));
  }, DEPLOY_MS);

  it('moves its primary under a writing client, and nothing acknowledged is lost', async () => {
    const target = replicasOf(await readCluster(stack, name)).at(-1)?.name;
    const writer = await writeThroughEndpoint(stack, name);
    await operation('POST', `/clusters/${name}/nodes/${target}/promote`, { confirm: target });
    await writer.nextAcknowledged(5_000);
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

  it('is deleted, and leaves no container, no volume and no network', async () => {
    await operation('DELETE', `/clusters/${name}`, { confirm: name });
    expect(await remains()).toEqual(NOTHING);
  }, OPERATION_MS);
});
