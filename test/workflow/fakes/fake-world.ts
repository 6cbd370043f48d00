import { decideRecord, foldCluster, type ClusterEvent, type OperationEvent } from '@holdfast/domain';
import type { RoutingOrder, ShardOrder, SignedAnswer, StepContext } from '@holdfast/workflows/contracts';
import { ApplicationFailure } from '@temporalio/common';

/** One activity call as a test reads it. */
export interface Call {
  readonly step: string;
  /** Such as `cloneReplica(n4, n1)`. */
  readonly text: string;
  /** Place among all calls of its step, from 1; a call that is tried again counts anew. */
  readonly nth: number;
  /** Calls that had begun and not ended when this one began. */
  readonly beside: readonly Call[];
}

type DataOf = { [E in OperationEvent as E['type']]: E['data'] };

export type Entry =
  { readonly stream: 'operation'; readonly key: string; readonly event: OperationEvent } | { readonly stream: 'cluster'; readonly event: ClusterEvent };

/** What a fake activity does instead of nothing: throws, waits, answers. */
export type Behaviour = (call: Call) => Promise<unknown> | undefined;

/** The world of one operation: what was called, what was written, in which order. */
export class FakeOperation {
  readonly calls: Call[] = [];
  /** Both streams in the order they were written. */
  readonly log: Entry[] = [];
  behaviour: Behaviour = () => undefined;
  /** Called before anything is written; throws as an event store that is away. */
  beforeWrite: (types: readonly string[]) => void = () => undefined;
  private readonly keys = new Set<string>();
  private readonly running = new Set<Call>();

  constructor(
    readonly operationId: string,
    private readonly history: readonly ClusterEvent[],
  ) {}

  /** As if an earlier run had written it. */
  seed(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.log.push(entry);
      if (entry.stream === 'operation') this.keys.add(entry.key);
    }
  }

  get journal(): OperationEvent[] {
    return this.log.flatMap((entry) => (entry.stream === 'operation' ? [entry.event] : []));
  }

  get clusterEvents(): ClusterEvent[] {
    return this.log.flatMap((entry) => (entry.stream === 'cluster' ? [entry.event] : []));
  }

  get end(): ClusterEvent | undefined {
    return this.clusterEvents.find((event) => /^Operation(?:Succeeded|Failed|Cancelled|Undone)$/.test(event.type));
  }

  /** The data of all facts of a type, in order. */
  of<T extends OperationEvent['type']>(type: T): DataOf[T][] {
    return this.journal.filter((event) => event.type === type).map((event) => event.data as DataOf[T]);
  }

  async call(context: StepContext, name: string, args: readonly unknown[]): Promise<unknown> {
    const nth = this.calls.filter((call) => call.step === context.step).length + 1;
    const call: Call = { step: context.step, text: `${name}(${args.map((arg) => argumentText(arg)).join(', ')})`, nth, beside: [...this.running] };
    this.calls.push(call);
    this.running.add(call);
    try {
      return await this.behaviour(call);
    } finally {
      this.running.delete(call);
    }
  }

  append(entries: readonly { key: string; event: OperationEvent }[]): void {
    this.beforeWrite(entries.map((entry) => entry.event.type));
    for (const { key, event } of entries) {
      if (this.keys.has(key)) continue;
      this.keys.add(key);
      this.log.push({ stream: 'operation', key, event });
    }
  }

  /** Through the domain's own rule, so that a runbook that records what may not be recorded fails here too. */
  record(events: readonly ClusterEvent[]): void {
    this.beforeWrite(events.map((event) => event.type));
    for (const event of events) {
      const decision = decideRecord(foldCluster([...this.history, ...this.clusterEvents]), this.operationId, event);
      if (!decision.accepted) throw ApplicationFailure.nonRetryable(decision.refusal.detail, decision.refusal.code);
      for (const accepted of decision.events) this.log.push({ stream: 'cluster', event: accepted });
    }
  }
}

/** Node ids without the cluster's; facts by their names; routings as rw and ro. */
const argumentText = (arg: unknown): string => {
  if (typeof arg === 'string') return arg.replace(/^.*-(n\d+)$/, '$1');
  if (Array.isArray(arg)) return arg.map((item: unknown) => itemText(item)).join(' ');
  const routing = arg as RoutingOrder;
  return `rw ${argumentText(routing.readWriteNodeId ?? 'held')}, ro ${argumentText([...routing.readOnlyNodeIds])}`;
};

/** A node, a fact by its name, or a shard as its primary and, in brackets, its replicas. */
const itemText = (item: unknown): string => {
  if (typeof item !== 'object' || item === null) return argumentText(item);
  if (!('primaryId' in item)) return (item as ClusterEvent).type;
  const { primaryId, replicaIds } = item as ShardOrder;
  return `${argumentText(primaryId)}(${argumentText(replicaIds)})`;
};

/** The signature that the fake API makes; the real one is tested where it is made. */
export const VALID_SIGNATURE = 'signed by the API';

export const verifyFake = (context: StepContext, { answer, signature }: SignedAnswer): void => {
  if (signature !== VALID_SIGNATURE || answer.operationId !== context.operationId) {
    throw ApplicationFailure.nonRetryable('The answer is not signed by the API for this operation.', 'answer-not-signed');
  }
};
