import { secretPrefix, type ClusterEvent, type Secrets } from '@holdfast/domain';
import type { ClusterActivities, StepContext } from '@holdfast/workflows/contracts';
import type { ClusterLedger } from './lib/cluster-ledger.js';

export class ClusterActivitiesOnLedger implements ClusterActivities {
  constructor(
    private readonly ledger: ClusterLedger,
    private readonly secrets: Secrets,
  ) {}

  recordFacts(context: StepContext, events: readonly ClusterEvent[]): Promise<void> {
    return this.ledger.record(context, events);
  }

  async destroySecrets(context: StepContext): Promise<void> {
    await this.ledger.held(context);
    await this.secrets.destroy(secretPrefix(context.clusterId));
  }
}
