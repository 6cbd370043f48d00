import { CLUSTER_STREAM_PREFIX, type EventStore, type RecordedFact } from '@holdfast/domain';
import type { ReadModels } from '../read-models.port.js';

const PAGE = 500;
/** A fact takes its place in the global order only once older transactions have ended, milliseconds after its append was answered. */
const ATTEMPTS = 6;
const ATTEMPT_MS = 40;
/** Accepted operations that this process remembers. */
const REMEMBERED_MAX = 10_000;

/**
 * Finds the cluster to which an operation or a node belongs. Read models are asked first, and what they have not seen yet is looked
 * for in the facts themselves: who was just answered "accepted" is never told "unknown", even while the projector is away.
 */
export class ClusterDirectory {
  private readonly accepted = new Map<string, string>();

  constructor(
    private readonly store: EventStore,
    private readonly readModels: ReadModels,
  ) {}

  /** Told by the acceptance: a client that asks at once mostly asks here. */
  remember(operationId: string, clusterId: string): void {
    this.accepted.set(operationId, clusterId);
    const [oldest] = this.accepted.keys();
    if (this.accepted.size > REMEMBERED_MAX && oldest !== undefined) this.accepted.delete(oldest);
  }

  async clusterOfOperation(operationId: string): Promise<string | undefined> {
    return (
      this.accepted.get(operationId) ??
      this.find(
        () => this.readModels.clusterOfOperation(operationId),
        'OperationAccepted',
        (fact) => 'operationId' in fact.data && fact.data.operationId === operationId,
      )
    );
  }

  clusterOfNode(idOrName: string): Promise<string | undefined> {
    return this.find(
      () => this.readModels.clusterOfNode(idOrName),
      'NodeReserved',
      (fact) => ('nodeId' in fact.data && fact.data.nodeId === idOrName) || ('name' in fact.data && fact.data.name === idOrName),
    );
  }

  private async find(inReadModels: () => Promise<string | undefined>, type: string, matches: (fact: RecordedFact) => boolean): Promise<string | undefined> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      // The mark is taken before the question: what the answer misses stands after it.
      const seen = await this.readModels.position();
      const found = (await inReadModels()) ?? (await this.search(seen, type, matches));
      if (found !== undefined) return found;
      if (attempt < ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
    }
    return undefined;
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
