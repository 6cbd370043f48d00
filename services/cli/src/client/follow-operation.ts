import { setTimeout as delay } from 'node:timers/promises';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { CliFailure } from '../problem.js';
import type { HoldfastApi } from './holdfast-api.js';
import { readServerSentEvents } from './server-sent-events.js';
import type { OperationView } from './views.js';

/** Asked at least this often, also while events come: the end is in another stream than the steps. */
const POLL_MS = 1_000;
/** An API that restarts is waited for. */
const AWAY_MS_MAX = 60_000;

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Called with each state that differs from the one before. */
  readonly onChange: (operation: OperationView) => void;
}

/** Answers the operation once it ended or is stuck. Throws CliFailure when the API stays away or the signal comes. */
export const followOperation = async (api: HoldfastApi, operationId: string, context: CliContext, options: FollowOptions): Promise<OperationView> => {
  const stopEvents = new AbortController();
  options.signal.addEventListener('abort', () => stopEvents.abort(), { once: true });
  const bell = new Bell();
  const ringing = ringOnEvents(api, operationId, bell, stopEvents.signal);
  let seen = '';
  try {
    for (;;) {
      const operation = await readPatiently(api, operationId, context, options.signal);
      const now = JSON.stringify([operation.state, operation.steps]);
      if (now !== seen) options.onChange(operation);
      seen = now;
      if (isSettled(operation)) return operation;
      await bell.wait(POLL_MS, options.signal);
    }
  } finally {
    stopEvents.abort();
    await ringing;
  }
};

export const isSettled = ({ state }: OperationView): boolean => !['accepted', 'running'].includes(state);

/** What `--wait` ends with. */
export const exitCodeOf = ({ state }: OperationView): ExitCode => {
  switch (state) {
    case 'failed':
    case 'cancelled':
    case 'undone':
      return EXIT.failed;
    case 'stuck':
      return EXIT.stuck;
    default:
      return EXIT.ok;
  }
};

const readPatiently = async (api: HoldfastApi, operationId: string, context: CliContext, signal: AbortSignal): Promise<OperationView> => {
  const deadline = Date.now() + AWAY_MS_MAX;
  let told = false;
  for (;;) {
    throwIfInterrupted(signal, operationId);
    try {
      return await api.answer(api.http.GET('/v1/operations/{operation}', { params: { path: { operation: operationId } } }));
    } catch (problem) {
      const away = problem instanceof CliFailure && problem.exitCode === EXIT.unreachable;
      if (!away || Date.now() > deadline) throw problem;
      if (!told) context.say('The API does not answer; the operation goes on meanwhile. Waiting for it …');
      told = true;
      await pause(POLL_MS, signal);
    }
  }
};

const throwIfInterrupted = (signal: AbortSignal, operationId: string): void => {
  if (!signal.aborted) return;
  if (signal.reason instanceof CliFailure) throw signal.reason;
  throw interrupted(operationId);
};

export const interrupted = (operationId: string): CliFailure =>
  new CliFailure(EXIT.interrupted, { title: 'Interrupted', code: 'interrupted', detail: 'Waiting was interrupted; the operation goes on.', operationId }, `Follow it: ./holdfast operations watch ${operationId}`);

/** Facts of the operation ring the bell. When the stream fails, polling alone goes on. */
const ringOnEvents = async (api: HoldfastApi, operationId: string, bell: Bell, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      const response = await api.events({ stream: `operation-${operationId}` }, signal);
      if (!response.ok || response.body === null) return;
      for await (const _ of readServerSentEvents(response.body)) bell.ring();
    } catch {
      bell.ring();
    }
    await pause(POLL_MS, signal);
  }
};

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  // An abort ends the pause; whoever paused looks at the signal.
  await delay(ms, undefined, { signal }).catch(() => undefined);
};

class Bell {
  private rung: (() => void) | undefined;

  ring(): void {
    this.rung?.();
  }

  /** Until it rings, the time is over or the signal comes. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        this.rung = undefined;
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener('abort', finish);
      this.rung = finish;
    });
  }
}
