import type { Decision, RefusalKind } from './decision.js';
import type { DomainEvent } from './fact.js';

export interface Then<S, E> {
  /** The decision was to accept exactly these events. */
  thenAccepted(...events: E[]): void;
  /** The decision was to refuse for this reason; answers the sentence and the extra members. */
  thenRefused(kind: RefusalKind, code: string): { detail: string; extra: Readonly<Record<string, unknown>> | undefined };
  /** The state once the accepted events are folded in. */
  thenState(): S;
}

/** Reads as the rule: given what has happened, when this is asked, then that is decided. */
export const givenOf =
  <S, E extends DomainEvent>(fold: (events: Iterable<E>) => S) =>
  (...history: E[]) => ({
    when: (decide: (state: S) => Decision<E>): Then<S, E> => {
      const decision = decide(fold(history));
      return {
        thenAccepted: (...events) => expect(decision).toEqual({ accepted: true, events }),
        thenRefused: (kind, code) => {
          expect(decision).toMatchObject({ accepted: false, refusal: { kind, code } });
          if (decision.accepted) throw new Error('It was accepted.');
          expect(decision.refusal.detail).toMatch(/^[A-Za-z].*\.$/);
          return { detail: decision.refusal.detail, extra: decision.refusal.extra };
        },
        thenState: () => {
          if (!decision.accepted) throw new Error(`It was refused: ${decision.refusal.code}.`);
          return fold([...history, ...decision.events]);
        },
      };
    },
  });
