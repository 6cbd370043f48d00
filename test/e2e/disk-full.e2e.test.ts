import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nextNodes, operationStream } from '@holdfast/domain';
import { eventually } from '../support/api-client.js';
import { leftovers, readCluster, serversSayWhatFactsSay } from '../support/truth.js';
import { TestStack } from '../support/test-stack.js';

/** Less than a copy of an empty database takes. */
const DISK = '12m';

/** Mounting a small disk under the new node needs root, as in continuous integration. */
describe('a full disk on the node of add-node', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.start();
    await stack.deploy('tight', { nodes: 1, mode: 'single' });
  }, 240_000);
  afterAll(() => stack.stop(), 120_000);

  it('ends the operation with what happened where, leaves nothing of the node, and the cluster serves', async () => {
    const cluster = await readCluster(stack, 'tight');
    const nodeId = nextNodes(cluster, 1)[0]?.nodeId ?? '';
    const disk = join(stack.configuration.machinesDirectory, 'machines', nodeId, 'data');
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=0755`, 'holdfast-test', disk], { timeout: 60_000 });
    const operation = await stack.api.accepted('POST', '/clusters/tight/nodes', {});
    try {
      await eventually('the copy fails', 120_000, async () =>
        (await stack.store.readStream(operationStream(operation))).some((fact) => fact.type === 'StepFailed') || undefined,
      );
    } finally {
      // What is mounted cannot be removed: the undo tries again until it is gone.
      execFileSync('umount', ['-l', disk], { timeout: 60_000 });
    }
    expect(await stack.ended(operation, 120_000)).toBe('failed');
    const { body } = await stack.api.get(`/operations/${operation}`);
    expect(body).toMatchObject({ failedStep: 'clone-data', problem: { code: 'disk-full', outputTail: expect.stringMatching(/No space left on device/) } });
    expect(await leftovers(stack, nodeId)).toEqual({ processes: [], directories: [] });
    await serversSayWhatFactsSay(stack, 'tight');
  }, 240_000);

  it('goes through once there is room', async () => {
    await stack.succeeded(await stack.api.accepted('POST', '/clusters/tight/nodes', {}));
    await serversSayWhatFactsSay(stack, 'tight');
  }, 180_000);
});
