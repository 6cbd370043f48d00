import { clusterStream, type EventStore, type RecordedFact } from '@holdfast/domain';
import { historyOf, historyWith, type ExistingHistory } from './cluster-history.js';

/** Bounds the memory: a fact takes one or two KiB. */
const FACTS_MAX = 20_000;

/**
 * Histories of the clusters that were asked for lately. Facts never change, so only what came after them is read, together with the
 * last one that is known: where the store has another there, it is another store than before (a backup was put back), and the history
 * is read anew. Each answer is as new as its read.
 */
export class RememberedHistories {
  /** In the order of their last use. */
  private readonly byCluster = new Map<string, ExistingHistory>();
  private factCount = 0;

  constructor(private readonly store: EventStore) {}

  async load(clusterId: string): Promise<ExistingHistory | undefined> {
    const known = this.byCluster.get(clusterId);
    const history = (known === undefined ? undefined : await this.readOn(known)) ?? historyOf(clusterId, await this.store.readStream(clusterStream(clusterId)));
    this.forget(clusterId);
    if (history !== undefined) this.remember(history);
    return history;
  }

  /** Undefined when the store does not have the last known fact. */
  private async readOn(known: ExistingHistory): Promise<ExistingHistory | undefined> {
    const [last, ...newer] = await this.store.readStream(clusterStream(known.clusterId), { fromVersion: known.version });
    return isSame(last, known.facts.at(-1)) ? historyWith(known, newer) : undefined;
  }

  private remember(history: ExistingHistory): void {
    this.byCluster.set(history.clusterId, history);
    this.factCount += history.facts.length;
    for (const [clusterId] of this.byCluster) {
      if (this.factCount <= FACTS_MAX) return;
      this.forget(clusterId);
    }
  }

  private forget(clusterId: string): void {
    this.factCount -= this.byCluster.get(clusterId)?.facts.length ?? 0;
    this.byCluster.delete(clusterId);
  }
}

const isSame = (one: RecordedFact | undefined, other: RecordedFact | undefined): boolean => one !== undefined && one.id === other?.id && one.position === other.position;
