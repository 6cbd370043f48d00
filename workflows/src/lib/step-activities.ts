import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import { FINAL_FAILURES } from '../contracts/failures.js';
import type { ClusterActivities, EndpointActivities, EngineActivities, GroupActivities, MachineActivities, ShardActivities, StepContext } from '../contracts/index.js';
import { isFinal, problemOf } from './problem.js';
import { watchOf } from './step-watch.js';
import { CLUSTER_TIMEOUTS, ENDPOINT_TIMEOUTS, ENGINE_TIMEOUTS, GROUP_TIMEOUTS, MACHINE_TIMEOUTS, SHARD_TIMEOUTS } from './timeouts.js';

/**
 * Temporal retries within a round and says nothing of it; after a round the workflow sees the last failure and can name it.
 * The first rounds are short, so that a blocker is known within seconds; later ones are long, so that a step that is tried for
 * 12 hours adds some hundred events to the history instead of tens of thousands. Pauses grow from half a second to 15 s.
 */
const ROUNDS = [
  { attempts: 3, firstPauseMs: 500 },
  { attempts: 3, firstPauseMs: 2_000 },
  { attempts: 20, firstPauseMs: 15_000 },
] as const;
const PAUSE_MS_MAX = 15_000;

/** The worker sends a sign of life for every activity each two seconds; without one for this long, it is dead, and another takes over. */
const HEARTBEAT_TIMEOUT_MS = 10_000;

type Call = (context: StepContext, ...rest: never[]) => Promise<unknown>;
type Calls<A> = Record<keyof A, Call>;

const unbound = proxyActivities<Record<string, (...args: unknown[]) => Promise<unknown>>>({ startToCloseTimeout: '1m' });

const stepActivities = <A extends Calls<A>>(timeouts: Readonly<Record<keyof A, string>>): A =>
  new Proxy(timeouts, {
    get:
      (_, name: string) =>
      (context: StepContext, ...rest: unknown[]) =>
        callInRounds(name, timeouts[name as keyof A], context, rest),
  }) as unknown as A;

/** Answers when the activity succeeded. Throws when it failed for good, or when the scope it runs in was cancelled. */
const callInRounds = async (name: string, startToCloseTimeout: string, context: StepContext, rest: unknown[]): Promise<unknown> => {
  const watch = watchOf(context);
  for (let round = 0; ; round += 1) {
    const { attempts, firstPauseMs } = ROUNDS[Math.min(round, ROUNDS.length - 1)] ?? ROUNDS[0];
    if (round > 0) await sleep(firstPauseMs, { summary: `Pause before ${name} is tried again` });
    try {
      return await unbound[name]?.executeWithOptions(
        {
          startToCloseTimeout,
          heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
          // Not the SDK's default: an undo must not begin while the activity it takes back may still act.
          cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
          summary: watch.summary,
          retry: {
            initialInterval: firstPauseMs,
            backoffCoefficient: 2,
            maximumInterval: PAUSE_MS_MAX,
            maximumAttempts: attempts,
            nonRetryableErrorTypes: [...FINAL_FAILURES],
          },
        },
        [context, ...rest],
      );
    } catch (error) {
      if (isCancellation(error) || isFinal(error)) throw error;
      // Told to stop while it failed: there is no further round to announce.
      if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The step was told to stop.');
      await watch.roundFailed(problemOf(error));
    }
  }
};

export const machines = stepActivities<MachineActivities>(MACHINE_TIMEOUTS);
export const engine = stepActivities<EngineActivities>(ENGINE_TIMEOUTS);
export const group = stepActivities<GroupActivities>(GROUP_TIMEOUTS);
export const shards = stepActivities<ShardActivities>(SHARD_TIMEOUTS);
export const endpoint = stepActivities<EndpointActivities>(ENDPOINT_TIMEOUTS);
export const cluster = stepActivities<ClusterActivities>(CLUSTER_TIMEOUTS);
