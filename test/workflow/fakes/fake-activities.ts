import type { ClusterEvent, OperationEvent } from '@holdfast/domain';
import type { SignedAnswer, StepContext } from '@holdfast/workflows/contracts';
import { CLUSTER_TIMEOUTS, ENDPOINT_TIMEOUTS, ENGINE_TIMEOUTS, GROUP_TIMEOUTS, MACHINE_TIMEOUTS, SHARD_TIMEOUTS } from '../../../workflows/src/lib/timeouts.js';
import { verifyFake, type FakeOperation } from './fake-world.js';

type Activity = (context: StepContext, ...args: never[]) => Promise<unknown>;

const EFFECTS = [MACHINE_TIMEOUTS, ENGINE_TIMEOUTS, GROUP_TIMEOUTS, SHARD_TIMEOUTS, ENDPOINT_TIMEOUTS, CLUSTER_TIMEOUTS].flatMap((timeouts) => Object.keys(timeouts));

/** Where the primary's log ended; the candidate must be asked for just this. */
export const LOG_POSITION = '0/3000148';

/** All activities of all contracts. Each records its call in the world of its operation and does what the test says, else nothing. */
export const fakeActivities = (worldOf: (operationId: string) => FakeOperation): Record<string, Activity> => {
  const effect =
    (name: string): Activity =>
    async (context, ...args) => {
      const answer = await worldOf(context.operationId).call(context, name, args);
      if (name === 'recordFacts') worldOf(context.operationId).record(args[0] as unknown as ClusterEvent[]);
      return name === 'fencePrimary' ? { logPosition: LOG_POSITION } : answer;
    };
  return {
    ...Object.fromEntries(EFFECTS.map((name) => [name, effect(name)])),
    appendJournal: async (context: StepContext, entries: { key: string; event: OperationEvent }[]) => worldOf(context.operationId).append(entries),
    endOperation: async (context: StepContext, event: ClusterEvent) => worldOf(context.operationId).record([event]),
    verifyAnswer: async (context: StepContext, answer: SignedAnswer) => verifyFake(context, answer),
  };
};
