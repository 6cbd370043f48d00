import type { DomainEvent } from './fact.js';

/**
 * What sort of refusal it is; the API maps it to a status.
 * `invalid`: the catalogue or a rule forbids the input (422). `conflict`: the state forbids it now (409).
 * `not-found`: it names something that is not there (404). `plan-changed`: the plan differs from the one agreed to (412).
 */
export type RefusalKind = 'invalid' | 'conflict' | 'not-found' | 'plan-changed';

/** One wrong field of a request. */
export interface Fault {
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/** Why a command was refused: a stable code for programs, a sentence for people that says what would be allowed. */
export interface Refusal<Code extends string = string> {
  readonly kind: RefusalKind;
  readonly code: Code;
  readonly detail: string;
  /** Extra members for the problem document, such as the running operation's id. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export type Decision<E extends DomainEvent, Code extends string = string> =
  | { readonly accepted: true; readonly events: readonly E[] }
  | { readonly accepted: false; readonly refusal: Refusal<Code> };

export const accept = <E extends DomainEvent>(...events: E[]): { accepted: true; events: readonly E[] } => ({ accepted: true, events });

export const refuse = <Code extends string>(
  kind: RefusalKind,
  code: Code,
  detail: string,
  extra?: Readonly<Record<string, unknown>>,
): { accepted: false; refusal: Refusal<Code> } => ({
  accepted: false,
  refusal: extra === undefined ? { kind, code, detail } : { kind, code, detail, extra },
});
