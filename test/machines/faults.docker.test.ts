import { statfsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nextNodes, operationStream, type StepProblem } from '@holdfast/domain';
import { buildMachineImage, DockerProvider, MACHINE_IMAGE } from '@holdfast/infra/providers/docker';
import Docker from 'dockerode';
import { pino } from 'pino';
import { MachineReaper } from '../../services/worker/src/machine-reaper.js';
import { eventually } from '../support/api-client.js';
import { testDocker, type TestDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { loadMachineImage } from '../support/machine-image-cache.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster, serversSayWhatFactsSay, stepStarted } from '../support/truth.js';
import { atDocker, NOTHING } from './docker-truth.js';

const OPERATION_MS = 240_000;
/** Holds the image and four machines. */
const DISK = '3g';
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
/** The engine whose packages are installed fastest; what Docker does wrong is the same for all. */
const DEPLOYMENT = { engine: 'valkey', version: '8', mode: 'primary-replica', nodes: 2, provider: 'docker' };

/** Through every layer, with a Docker of the test's own whose data lies on a small disk. In this order: each goes on from where the last ended. */
describe('a Docker that does not do what it should', () => {
  let daemon: TestDocker;
  let docker: Docker;
  let stack: TestStack;

  beforeAll(async () => {
    daemon = await testDocker({ dataDisk: DISK, withoutImage: true });
    docker = new Docker({ socketPath: daemon.socketPath });
    stack = await TestStack.start({ DOCKER_HOST: `unix://${daemon.socketPath}` });
  }, 400_000);
  afterAll(async () => {
    await stack?.stop();
    await daemon?.stop();
  }, 200_000);

  const remains = async (): ReturnType<typeof atDocker> => atDocker(daemon.socketPath, stack.configuration.installation);
  const deploy = (name: string): Promise<string> => stack.api.accepted('POST', '/clusters', { ...DEPLOYMENT, name });
  /** The first failure of this code that the journal tells. */
  const hindered = (operation: string, code: string): Promise<StepProblem> =>
    eventually(`the journal tells ${code}`, 90_000, async () => {
      const facts = await stack.store.readStream(operationStream(operation));
      return facts.flatMap(({ type, data }) => (type === 'StepFailed' ? [(data as unknown as { problem: StepProblem }).problem] : [])).find((problem) => problem.code === code);
    });
  const containerOf = (machineId: string): Docker.Container => docker.getContainer(`holdfast.${stack.configuration.installation}.${machineId}`);
  const nodesOf = async (name: string): Promise<string[]> => (await readCluster(stack, name)).nodes.map(({ id }) => id);

  it('has no image of machines: a deployment is refused, and what to run is said', async () => {
    const { status, body } = await stack.api.post('/clusters', { ...DEPLOYMENT, name: 'early' });
    expect([status, body]).toMatchObject([503, { code: 'provider-unavailable', detail: expect.stringContaining('./holdfast images build') }]);
    await loadMachineImage(daemon.socketPath);
    await buildMachineImage({ tools: toolsDirectory(), socketPath: daemon.socketPath, report: () => undefined });
  }, OPERATION_MS);

  it('has no such version in its machines\' sources: a deployment is refused, and those that there are are named', async () => {
    const { status, body } = await stack.api.post('/clusters', { ...DEPLOYMENT, name: 'early', version: '9' });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('Valkey 9 cannot be had on these machines. Available: 8.')]);
  }, OPERATION_MS);

  it('is down: a deployment is refused, and that Docker does not answer is said', async () => {
    await daemon.own?.kill();
    // What was asked a moment ago is remembered for some seconds.
    const { body } = await eventually('it is refused', 30_000, async () => {
      const answer = await stack.api.post('/plans', { operation: 'deploy-cluster', input: { ...DEPLOYMENT, name: 'early' } });
      return answer.status === 503 ? answer : undefined;
    });
    expect(body).toMatchObject({ code: 'provider-unavailable', detail: expect.stringMatching(/Docker does not answer .*docker info/) });
    await daemon.own?.start();
  }, OPERATION_MS);

  it('restarts in the middle of a deployment: the operation goes on, and its machines come back', async () => {
    const operation = await eventually('it is accepted', 30_000, () => deploy('steady'));
    await stepStarted(stack, operation, 'install-engine', 120_000);
    await daemon.own?.kill();
    expect((await hindered(operation, 'docker-unavailable')).message).toMatch(/Docker does not answer/);
    await daemon.own?.start();
    await stack.succeeded(operation, OPERATION_MS);
    await serversSayWhatFactsSay(stack, 'steady');
  }, OPERATION_MS);

  it('restarts under a running cluster: its servers come back, and its addresses', async () => {
    await daemon.own?.kill();
    await daemon.own?.start();
    await eventually('the servers are as the facts say', 60_000, async () => (await serversSayWhatFactsSay(stack, 'steady'), true));
  }, OPERATION_MS);

  it('loses a new machine to a stranger who stops it: what to do is said, and done it goes on', async () => {
    const nodeId = nextNodes(await readCluster(stack, 'steady'), 1)[0]?.nodeId ?? '';
    const operation = await stack.api.accepted('POST', '/clusters/steady/nodes', {});
    await stepStarted(stack, operation, 'install-engine', 120_000);
    await containerOf(nodeId).kill();
    const problem = await hindered(operation, 'machine-unreachable');
    expect(problem.message).toContain(`does not run. Start it: docker start holdfast.${stack.configuration.installation}.${nodeId}`);
    await containerOf(nodeId).start();
    await stack.succeeded(operation, OPERATION_MS);
    await serversSayWhatFactsSay(stack, 'steady');
  }, OPERATION_MS);

  it('loses a new machine to a stranger who removes it: the deployment is undone at once, and leaves nothing', async () => {
    const before = await remains();
    const operation = await deploy('robbed');
    await stepStarted(stack, operation, 'install-engine', 120_000);
    await containerOf((await nodesOf('robbed'))[1] ?? '').remove({ force: true });
    expect(await stack.ended(operation, OPERATION_MS)).toBe('failed');
    expect((await stack.api.get(`/operations/${operation}`)).body).toMatchObject({ failedStep: 'install-engine', problem: { code: 'machine-gone' } });
    expect(await remains()).toEqual(before);
  }, OPERATION_MS);

  it('has a machine that no fact knows: the doctor shows it, and the reaper takes it after its grace time, and nothing of a stranger', async () => {
    const provider = new DockerProvider({ installation: stack.configuration.installation, socketPath: daemon.socketPath });
    const { id: clusterId } = await readCluster(stack, 'steady');
    const before = await remains();
    const lost = { machineId: `${clusterId}-n99`, clusterId, name: 'lost', ports: [], cpuCount: 1, memoryBytes: 512 * MIB, diskBytes: 1024 * MIB };
    await provider.create(lost);
    const stranger = await docker.createContainer({ name: `holdfast.${stack.configuration.installation}.${clusterId}-n98`, Image: MACHINE_IMAGE, Cmd: ['sleep', '1000'] });
    await stranger.start();
    const doctor = async (): Promise<string> => (await stack.cli('doctor', '--json')).stdout;
    expect(await doctor()).toContain(`${lost.machineId}: no fact knows it (present)`);
    const look = (hoursLater: number): ReturnType<MachineReaper['reap']> =>
      new MachineReaper(stack.store, [provider], { now: () => new Date(Date.now() + hoursLater * HOUR_MS) }, pino({ level: 'silent' })).reap(provider);
    expect(await look(0)).toMatchObject({ quarantined: [], removed: [] });
    expect((await look(1)).quarantined.map(({ machineId }) => machineId)).toEqual([lost.machineId]);
    expect(await doctor()).toContain(`${lost.machineId}: no fact knows it (quarantined)`);
    expect((await look(71)).removed).toEqual([]);
    expect((await look(73)).removed.map(({ machineId }) => machineId)).toEqual([lost.machineId]);
    expect(await remains()).toEqual(before);
    expect((await stranger.inspect()).State.Running).toBe(true);
    await stranger.remove({ force: true });
    await serversSayWhatFactsSay(stack, 'steady');
  }, OPERATION_MS);

  describe('with a full disk', () => {
    const ballast = (): string => join(daemon.own?.dataDirectory ?? '', 'ballast');
    /** Takes all of the disk but so many bytes. */
    const fill = async (leftBytes: number): Promise<void> => {
      const { bavail, bsize } = statfsSync(daemon.own?.dataDirectory ?? '');
      const file = await open(ballast(), 'a');
      const block = Buffer.alloc(MIB);
      for (let left = bavail * bsize - leftBytes; left > 0; left -= block.length) await file.write(block, 0, Math.min(left, block.length));
      await file.close();
    };

    it.each([
      ['a deployment whose packages have no room', 6 * MIB, '/clusters', { ...DEPLOYMENT, name: 'tight' }, /no space left on device|enough free space/i],
      ['a new node whose container has no room', 0, '/clusters/steady/nodes', {}, /The disk that holds Docker's data is full/],
    ])('undoes %s, leaves nothing of it, and says what is full', async (_what, leftBytes, path, body, told) => {
      await fill(leftBytes);
      const before = await remains();
      const operation = await stack.api.accepted('POST', path, body);
      expect(await stack.ended(operation, OPERATION_MS)).toBe('failed');
      const { problem } = (await stack.api.get(`/operations/${operation}`)).body;
      expect(problem).toMatchObject({ code: 'disk-full', message: expect.stringMatching(told) });
      expect(await remains()).toEqual(before);
    }, OPERATION_MS);

    it('goes on once there is room, with what was there before', async () => {
      await rm(ballast());
      await eventually('the servers are as the facts say', 60_000, async () => (await serversSayWhatFactsSay(stack, 'steady'), true));
      await stack.succeeded(await stack.api.accepted('POST', '/clusters/steady/nodes', {}), OPERATION_MS);
      await serversSayWhatFactsSay(stack, 'steady');
      await stack.succeeded(await stack.api.accepted('DELETE', '/clusters/steady', { confirm: 'steady' }), OPERATION_MS);
      expect(await remains()).toEqual(NOTHING);
    }, OPERATION_MS);
  });
});
