import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { capabilitiesOf, defaultVersionOf, deployableEngines, type ClusterNode, type ExistingCluster } from '@holdfast/domain';
import { rowsOnNodes } from '../support/rows-on-nodes.js';
import { leftovers, readCluster, serversSayWhatFactsSay, writeThroughEndpoint } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

const TABLE = 'holdfast_write_gap';
/** Which engines to run, e.g. `valkey,mariadb` or `postgresql 16`; default: all that can be deployed, in their default version. */
const wanted = process.env['HOLDFAST_TEST_ENGINES']?.split(',').map((entry) => entry.trim().split(' '));
const chosen = deployableEngines()
  .map((engine) => ({ engine, version: wanted?.find(([id]) => id === engine.id)?.[1] ?? defaultVersionOf(engine) }))
  .filter(({ engine, version }) => (wanted === undefined || wanted.some(([id]) => id === engine.id)) && capabilitiesOf(engine, version).modes['primary-replica'] === 'works')
  .map(({ engine, version }) => [`${engine.id} ${version}`, engine.id, version] as const);

const primaryOf = (cluster: ExistingCluster): ClusterNode => {
  const primary = cluster.nodes.find((node) => node.role === 'primary');
  if (primary === undefined) throw new Error('There is no primary.');
  return primary;
};
const replicaOf = (cluster: ExistingCluster): ClusterNode => {
  const replica = cluster.nodes.find((node) => node.role === 'replica');
  if (replica === undefined) throw new Error('There is no replica.');
  return replica;
};

it('has every engine that was asked for by name', () => {
  expect(chosen.length).toBe(wanted?.length ?? chosen.length);
  expect(chosen.length).toBeGreaterThan(0);
});

/** The whole life of a cluster, the same for every engine: what the catalogue offers is what this has shown. */
describe.each(chosen)('%s', (_, engine, version) => {
  const name = `every-${engine}`;
  let stack: TestStack;
  let clusterId: string;

  beforeAll(async () => {
    stack = await TestStack.start();
  }, 180_000);
  afterAll(() => stack.stop(), 120_000);

  it('is deployed with one primary and two replicas, and both addresses lead right', async () => {
    await stack.deploy(name, { engine, version });
    await serversSayWhatFactsSay(stack, name);
    clusterId = (await readCluster(stack, name)).id;
  }, 240_000);

  it('takes writes through its address, and every node has them, one that is added under the writing client too', async () => {
    const writer = await writeThroughEndpoint(stack, name);
    await stack.succeeded(await stack.api.accepted('POST', `/clusters/${name}/nodes`, {}), 180_000);
    const report = await writer.stop();
    expect(report).toMatchObject({ brokenCount: 0, missingIds: [] });
    await serversSayWhatFactsSay(stack, name);
    const cluster = await readCluster(stack, name);
    expect(cluster.nodes).toHaveLength(4);
    expect(await rowsOnNodes(stack, cluster, TABLE, report.acknowledgedCount)).toEqual(cluster.nodes.map(() => report.acknowledgedCount));
  }, 240_000);

  it('moves its primary under a writing client, and nothing acknowledged is lost', async () => {
    const writer = await writeThroughEndpoint(stack, name);
    const candidate = replicaOf(await readCluster(stack, name));
    await stack.succeeded(await stack.api.accepted('POST', `/clusters/${name}/nodes/${candidate.name}/promote`, { confirm: candidate.name }));
    await writer.nextAcknowledged(60_000);
    const report = await writer.stop();
    expect(primaryOf(await readCluster(stack, name)).name).toBe(candidate.name);
    await serversSayWhatFactsSay(stack, name);
    expect(report.missingIds).toEqual([]);
    expect(report.acknowledgedCount).toBeGreaterThan(10);
    // Where the machine is busy the gap may be long; what it is on an idle one stands in docs/benchmarks.md.
    console.log(`${engine} ${version}: longest gap of a switchover ${report.longestGapMs} ms, ${report.acknowledgedCount} writes acknowledged, ${report.brokenCount} broken.`);
  }, 240_000);

  it('gives a node back without a trace of it on the others', async () => {
    const removed = replicaOf(await readCluster(stack, name));
    await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${name}/nodes/${removed.name}`, { confirm: removed.name }));
    await serversSayWhatFactsSay(stack, name);
    expect(await leftovers(stack, removed.id)).toEqual({ processes: [], directories: [] });
  }, 180_000);

  it('is deleted, and leaves no process and no file', async () => {
    await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${name}`, { confirm: name }));
    expect((await stack.api.get(`/clusters/${clusterId}`)).body).toMatchObject({ status: 'deleted' });
    expect(await leftovers(stack, clusterId)).toEqual({ processes: [], directories: [] });
  }, 180_000);
});
