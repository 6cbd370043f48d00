import type { DomainEvent } from './fact.js';

/** Why a command was refused: a stable code for programs, a sentence for people, and what would be allowed. */
export interface Refusal<Code extends string = string> {
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
  code: Code,
  detail: string,
  extra?: Readonly<Record<string, unknown>>,
): { accepted: false; refusal: Refusal<Code> } => ({
  accepted: false,
  refusal: extra === undefined ? { code, detail } : { code, detail, extra },
});
