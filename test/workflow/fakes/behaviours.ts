import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Behaviour, Call } from './fake-world.js';

export type When = (call: Call) => boolean;

/** The nth call of a step. */
export const nthOf =
  (step: string, nth: number): When =>
  (call) =>
    call.step === step && call.nth === nth;

/** Fails for good. */
export const failing =
  (when: When, code = 'disk-full', message = 'No space is left on the machine.'): Behaviour =>
  (call) => {
    if (when(call))
      throw ApplicationFailure.create({
        nonRetryable: true,
        type: code,
        message,
        details: [{ node: 'pg-000001', command: 'initdb', outputTail: 'no space', secret: 'x' }],
      });
    return undefined;
  };

/** Fails so that trying again may help. */
export const faltering =
  (when: When, code = 'port-taken'): Behaviour =>
  (call) => {
    if (when(call)) throw ApplicationFailure.retryable('Port 5432 is taken by another.', code);
    return undefined;
  };

/** Shows signs of life and does not end until it is cancelled, or until `released`. */
export const hanging =
  (when: When, released: Promise<unknown> = new Promise(() => undefined)): Behaviour =>
  (call) =>
    when(call) ? hang(released) : undefined;

const hang = async (released: Promise<unknown>): Promise<void> => {
  const { heartbeat, cancelled } = Context.current();
  const beat = setInterval(() => heartbeat(), 50);
  try {
    await Promise.race([cancelled, released]);
  } finally {
    clearInterval(beat);
  }
};
