import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildMachineImage } from '@holdfast/infra/providers/docker';
import Docker from 'dockerode';
import { testDocker, type TestDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster, serversSayWhatFactsSay, writeThroughEndpoint } from '../support/truth.js';

const NAME = 'on-docker';
/** Packages are installed on each machine. */
const DEPLOY_MS = 400_000;
const OPERATION_MS = 200_000;

/** Through every layer, as the end-to-end tests of this machine's own: only the machines are others. */
describe('a PostgreSQL cluster on Docker', () => {
  let daemon: TestDocker;
  let stack: TestStack;

  beforeAll(async () => {
    daemon = await testDocker();
    await buildMachineImage({ tools: toolsDirectory(), socketPath: daemon.socketPath, report: () => undefined });
    stack = await TestStack.start({ DOCKER_HOST: `unix://${daemon.socketPath}` });
  }, 400_000);
  afterAll(async () => {
    await stack.stop();
    await daemon.stop();
  }, 200_000);

  const containers = async (): Promise<string[]> => {
    const docker = new Docker({ socketPath: daemon.socketPath });
    const label = [`io.holdfast.installation=${stack.configuration.installation}`];
    const [listed, volumes] = [await docker.listContainers({ all: true, filters: { label } }), await docker.listVolumes({ filters: { label } })];
    return [...listed.map(({ Labels: labels }) => labels['io.holdfast.machine'] ?? ''), ...(volumes.Volumes ?? []).map(({ Name }) => Name)];
  };

  it('is deployed, and its machines are containers', async () => {
    const body = { name: NAME, engine: 'postgresql', version: '15', mode: 'primary-replica', nodes: 2, provider: 'docker' };
    await stack.succeeded(await stack.api.accepted('POST', '/clusters', body), DEPLOY_MS);
    await serversSayWhatFactsSay(stack, NAME);
    const { nodes } = await readCluster(stack, NAME);
    for (const node of nodes) expect(await containers()).toContain(node.id);
  }, DEPLOY_MS);

  it('moves its primary under a writing client, and nothing acknowledged is lost', async () => {
    const replica = (await readCluster(stack, NAME)).nodes.find((node) => node.role === 'replica');
    const writer = await writeThroughEndpoint(stack, NAME);
    await stack.succeeded(await stack.api.accepted('POST', `/clusters/${NAME}/nodes/${replica?.name}/promote`, { confirm: replica?.name }), OPERATION_MS);
    await writer.nextAcknowledged(5_000);
    const report = await writer.stop();
    expect(report.missingIds).toEqual([]);
    await serversSayWhatFactsSay(stack, NAME);
    console.log(`PostgreSQL 15 on Docker: longest gap of a switchover ${report.longestGapMs} ms, ${report.acknowledgedCount} writes acknowledged.`);
  }, OPERATION_MS);

  it('is deleted, and leaves no container and no volume', async () => {
    await stack.succeeded(await stack.api.accepted('DELETE', `/clusters/${NAME}`, { confirm: NAME }), OPERATION_MS);
    expect(await containers()).toEqual([]);
  }, OPERATION_MS);
});
