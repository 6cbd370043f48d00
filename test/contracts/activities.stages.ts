import type { AllActivities } from '@holdfast/activities';
import type { StepContext } from '@holdfast/workflows/contracts';
import { reserved } from '../../domain/src/cluster/cluster.test-support.js';
import type { Scene } from './activities.harness.js';

export type Call = (activities: AllActivities, context: StepContext, id: (ordinal: number) => string) => Promise<unknown>;

export const deploying = async (scene: Scene): Promise<void> => {
  await scene.requested();
  await scene.write([1, 2, 3].map(reserved));
};
export const serving = (scene: Scene): Promise<void> => scene.serving();
export const syncServing = (scene: Scene): Promise<void> => scene.serving('sync');
/** Node 1 is stopped for a switchover to node 2. */
export const fenced = async (scene: Scene): Promise<void> => {
  await scene.serving();
  await scene.run((activities, context, id) => activities.fencePrimary(context, id(1)), 'fence-primary');
};
export const promoted = async (scene: Scene): Promise<void> => {
  await fenced(scene);
  await scene.run(async (activities, context, id) => {
    await activities.promote(context, id(2));
    await activities.recordFacts(context, [{ type: 'NodePromoted', data: { clusterId: context.clusterId, nodeId: id(2), demotedId: id(1) } }]);
  }, 'promote');
};
export const provisioned = async (scene: Scene): Promise<void> => {
  await deploying(scene);
  for (const ordinal of [1, 2, 3]) await scene.run((activities, context, id) => activities.provisionNode(context, id(ordinal)), 'provision-machines');
  await scene.run((activities, context) => activities.provisionEndpoint(context), 'provision-machines');
};
export const installed = async (scene: Scene): Promise<void> => {
  await provisioned(scene);
  for (const ordinal of [1, 2, 3]) await scene.run((activities, context, id) => activities.installEngine(context, id(ordinal)), 'install-engine');
};

/** An end of the operation. */
export const end = (context: StepContext) => ({ clusterId: context.clusterId, operationId: context.operationId, kind: 'promote-node' as const, durationMs: 5 });
