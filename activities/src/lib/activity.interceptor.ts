import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { toApplicationFailure } from './to-application-failure.js';

/** A workflow gives an activity up without a sign of life for five times this. */
const HEARTBEAT_INTERVAL_MS = 2_000;

interface Execute {
  readonly args: unknown[];
}

/** Structurally the SDK's inbound interceptor; the worker's package is no business of activities. */
export interface ActivityInterceptors {
  readonly inbound: { execute<I extends Execute>(input: I, next: (input: I) => Promise<unknown>): Promise<unknown> };
}

/**
 * Around every activity: signs of life while it runs, its operation and step in the log, and errors as failures that the journal
 * can tell.
 */
export const activityInterceptors = (context: Context): ActivityInterceptors => ({
  inbound: {
    execute: async (input, next) => {
      const heart = context.info.isLocal ? undefined : setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
      const began = performance.now();
      const about = { ...subjectOf(input.args), attempt: context.info.attempt };
      try {
        return await next(input);
      } catch (error) {
        if (context.cancellationSignal.aborted) throw cancelled(context.cancellationSignal, error);
        const failure = toApplicationFailure(error, about.nodeId);
        context.log.warn(failure.message, { ...about, code: failure.type, final: failure.nonRetryable, durationMs: elapsed(began), err: failure });
        throw failure;
      } finally {
        clearInterval(heart);
        context.log.debug('Activity over', { ...about, durationMs: elapsed(began) });
      }
    },
  },
});

/** Whatever breaks once it was told to stop, breaks because of that. */
const cancelled = (signal: AbortSignal, error: unknown): unknown => (signal.reason instanceof CancelledFailure ? signal.reason : error);

interface Subject {
  readonly operationId?: string;
  readonly clusterId?: string;
  readonly step?: string;
  readonly nodeId?: string;
}

/** Every activity's first argument is its StepContext; a text after it is the id of the node it is about. */
const subjectOf = ([context, nodeId]: readonly unknown[]): Subject => {
  const { operationId, clusterId, step } = typeof context === 'object' && context !== null ? (context as Subject) : {};
  return {
    ...(operationId === undefined ? {} : { operationId }),
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(step === undefined ? {} : { step }),
    ...(typeof nodeId === 'string' ? { nodeId } : {}),
  };
};

const elapsed = (began: number): number => Math.round(performance.now() - began);
