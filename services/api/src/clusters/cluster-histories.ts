import { clusterStream, type EventStore } from '@holdfast/domain';
import { extended, historyOf, type ExistingHistory } from './cluster-history.js';

/** Clusters whose facts are kept in memory, those asked for last; a history of a hundred facts takes about 200 kB. */
const KEPT_MAX = 200;
/** Longer histories are read whole each time, so that few of them cannot fill the memory. */
const KEPT_FACTS_MAX = 1_000;

/**
 * Reads clusters' streams, each time from the event store; of a stream that was read before only what came since. The newest fact
 * known is read again and compared: after a restore of the store nothing is believed that is no longer in it.
 */
export class ClusterHistories {
  private readonly kept = new Map<string, ExistingHistory>();

  constructor(private readonly store: EventStore) {}

  async load(clusterId: string): Promise<ExistingHistory | undefined> {
    const kept = this.kept.get(clusterId);
    const history = (kept === undefined ? undefined : await this.since(kept)) ?? (await this.whole(clusterId));
    this.keep(clusterId, history);
    return history;
  }

  private async whole(clusterId: string): Promise<ExistingHistory | undefined> {
    return historyOf(clusterId, await this.store.readStream(clusterStream(clusterId)));
  }

  /** Undefined when the stream is not the one that was kept. */
  private async since(kept: ExistingHistory): Promise<ExistingHistory | undefined> {
    const [last, ...news] = await this.store.readStream(clusterStream(kept.clusterId), { fromVersion: kept.version });
    if (last === undefined || last.id !== kept.facts.at(-1)?.id) return undefined;
    return news.length === 0 ? kept : extended(kept, news);
  }

  private keep(clusterId: string, history: ExistingHistory | undefined): void {
    // Set anew, so that the first of the map is the one that was asked for longest ago.
    this.kept.delete(clusterId);
    if (history === undefined || history.facts.length > KEPT_FACTS_MAX) return;
    this.kept.set(clusterId, history);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }
}
