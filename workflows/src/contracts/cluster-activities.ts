import type { ClusterEvent } from '@holdfast/domain';
import type { StepContext } from './activity-context.js';

export interface ClusterActivities {
  /** Records facts in the cluster's stream, each after `decideRecord`; what is recorded already is skipped. */
  recordFacts(context: StepContext, events: readonly ClusterEvent[]): Promise<void>;
  /** Removes all passwords of the cluster. */
  destroySecrets(context: StepContext): Promise<void>;
}
