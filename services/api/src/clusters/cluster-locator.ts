import { clusterStream, type EventStore } from '@holdfast/domain';
import { ClusterHistories } from './cluster-histories.js';
import type { ExistingHistory } from './cluster-history.js';
import { clusterIdFor, looksLikeClusterId } from './cluster-id.js';

/**
 * Finds a cluster by its id or name in the event store alone, so that commands never depend on a read model. A name's clusters are
 * numbered; all but the last of them are deleted.
 */
export class ClusterLocator {
  private readonly histories: ClusterHistories;

  constructor(private readonly store: EventStore) {
    this.histories = new ClusterHistories(store);
  }

  async find(idOrName: string): Promise<ExistingHistory | undefined> {
    const byId = looksLikeClusterId(idOrName) ? await this.load(idOrName) : undefined;
    return byId ?? this.findByName(idOrName);
  }

  async load(clusterId: string): Promise<ExistingHistory | undefined> {
    return this.histories.load(clusterId);
  }

  /** The newest cluster of this name, which may be a deleted one. */
  async findByName(name: string): Promise<ExistingHistory | undefined> {
    const first = await this.load(clusterIdFor(name, 1));
    // Nearly always: one read. A name is used again only after its cluster was deleted.
    if (first?.cluster.status !== 'deleted') return first;
    const newest = await this.newestGeneration(name);
    return newest === 1 ? first : this.load(clusterIdFor(name, newest));
  }

  /** The cluster that bore the name at an instant, which need not be the newest. */
  async findAt(idOrName: string, instant: Date): Promise<ExistingHistory | undefined> {
    let history = await this.find(idOrName);
    while (history !== undefined && isAfter(history, instant)) {
      const { name, generation } = history.cluster;
      if (history.clusterId === idOrName || generation === 1) return undefined;
      history = await this.load(clusterIdFor(name, generation - 1));
    }
    return history;
  }

  /** The clusters that bore this name before, newest first. */
  async *earlier(history: ExistingHistory): AsyncIterable<ExistingHistory> {
    for (let generation = history.cluster.generation - 1; generation >= 1; generation -= 1) {
      const earlier = await this.load(clusterIdFor(history.cluster.name, generation));
      if (earlier !== undefined) yield earlier;
    }
  }

  /** Doubles until there is none, then halves: a thousand clusters of one name cost twenty short reads. */
  private async newestGeneration(name: string): Promise<number> {
    let there = 1;
    let missing = 2;
    while (await this.exists(name, missing)) {
      there = missing;
      missing *= 2;
    }
    while (missing - there > 1) {
      const middle = Math.floor((there + missing) / 2);
      if (await this.exists(name, middle)) there = middle;
      else missing = middle;
    }
    return there;
  }

  private async exists(name: string, generation: number): Promise<boolean> {
    const facts = await this.store.readStream(clusterStream(clusterIdFor(name, generation)), { limit: 1 });
    return facts.length > 0;
  }
}

const isAfter = (history: ExistingHistory, instant: Date): boolean => Date.parse(history.facts[0]?.at ?? '') > instant.getTime();
