import { type Context, TEST_TIMEOUT_MS } from './engine.contract-context.js';
import { rejoining, switchover } from './engine.contract-changing.js';
import { commits, copying, deployment, removal } from './engine.contract-serving.js';
import { deploy, type MakeEngineHarness } from './engine.harness.js';

/**
 * What every driver of an engine with one writable primary does, on real servers. A second engine runs it with a harness of
 * its own.
 */
export const replicatedEngineContract = (name: string, make: MakeEngineHarness): void => {
  describe(`${name} as a replicated engine`, () => {
    const context = {} as Context;
    beforeAll(async () => {
      context.harness = await make();
      context.cluster = await deploy(context.harness, 'first', 2);
    }, TEST_TIMEOUT_MS);
    afterAll(async () => {
      await context.harness.destroy();
    }, TEST_TIMEOUT_MS);

    deployment(context);
    copying(context);
    switchover(context);
    commits(context);
    rejoining(context);
    removal(context);
  });
};
