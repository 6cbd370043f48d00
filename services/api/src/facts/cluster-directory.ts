import { CLUSTER_STREAM_PREFIX, type EventStore, type RecordedFact } from '@holdfast/domain';
import type { ReadModels } from '../read-models.port.js';

const PAGE = 500;

/**
 * Finds the cluster to which an operation or a node belongs. Read models are asked first, and what they have not seen yet is looked
 * for in the facts themselves: who was just answered "accepted" is never told "unknown", even while the projector is away.
 */
export class ClusterDirectory {
  constructor(
    private readonly store: EventStore,
    private readonly readModels: ReadModels,
  ) {}

  async clusterOfOperation(operationId: string): Promise<string | undefined> {
    // The mark is taken before the question: what the answer misses stands after it.
    const seen = await this.readModels.position();
    return (
      (await this.readModels.clusterOfOperation(operationId)) ??
      this.search(seen, 'OperationAccepted', (fact) => 'operationId' in fact.data && fact.data.operationId === operationId)
    );
  }

  async clusterOfNode(idOrName: string): Promise<string | undefined> {
    const seen = await this.readModels.position();
    return (
      (await this.readModels.clusterOfNode(idOrName)) ??
      this.search(seen, 'NodeReserved', (fact) => ('nodeId' in fact.data && fact.data.nodeId === idOrName) || ('name' in fact.data && fact.data.name === idOrName))
    );
  }

  private async search(after: string, type: string, matches: (fact: RecordedFact) => boolean): Promise<string | undefined> {
    let position = after;
    for (;;) {
      const page = await this.store.readAll({ after: position, limit: PAGE, types: [type], streamPrefix: CLUSTER_STREAM_PREFIX });
      const found = page.facts.find(matches);
      if (found !== undefined) return found.stream.slice(CLUSTER_STREAM_PREFIX.length);
      if (page.facts.length < PAGE) return undefined;
      position = page.next;
    }
  }
}
