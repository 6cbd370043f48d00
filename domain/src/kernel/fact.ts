/** Who asked for something, and why. Travels from the request into every fact it leads to. */
export interface FactMetadata {
  /** A person, token or part of the system: `token:admin`, `system:reconciler`. Never empty. */
  readonly actor: string;
  /** Free text given with the request. */
  readonly reason?: string;
  /** The operation this fact belongs to; facts outside any operation carry the request's id. */
  readonly correlationId: string;
  /** Id of the fact that led to this one. */
  readonly causationId?: string;
  /** Name of the step of the operation that recorded this fact. */
  readonly step?: string;
}

/** A domain event before it is stored: the past tense name, and its data as plain JSON. */
export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/** What is handed to the event store. `id` (UUID) makes a repeated append harmless. */
export interface NewFact<E extends DomainEvent = DomainEvent> {
  readonly id: string;
  readonly type: E['type'];
  readonly schemaVersion: number;
  readonly data: E['data'];
  readonly meta: FactMetadata;
}

/**
 * A place in the global order of facts. Opaque, and ordered by plain string comparison
 * (adapters pad their numbers), so that `a < b` means "a was before b".
 */
export type Position = string;

/** The position before every fact. */
export const POSITION_START: Position = '';

/** What comes back from the event store. `version` counts from 0 within its stream; `at` is RFC 3339 UTC. */
export interface RecordedFact<E extends DomainEvent = DomainEvent> extends NewFact<E> {
  readonly stream: string;
  readonly version: number;
  readonly position: Position;
  readonly at: string;
}
