import { TASK_QUEUE } from '@holdfast/workflows/contracts';
import { activityInterceptors, type AllActivities } from '@holdfast/activities';
import { ensureSearchAttributes } from '@holdfast/infra/temporal';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { WANTED_ATTRIBUTES } from './operation-starter.js';
import { repeat } from './repeat.js';

/** Between tries to reach Temporal. */
const RECONNECT_MS = 1_000;

/**
 * Fixed numbers: the resource-based tuner lets one task begin each 50 ms at most. Activities mostly wait for servers, so there are
 * many; a workflow task is a few milliseconds of computing.
 */
const SLOTS = {
  maxConcurrentActivityTaskExecutions: 100,
  maxConcurrentLocalActivityExecutions: 100,
  maxConcurrentWorkflowTaskExecutions: 40,
  maxCachedWorkflows: 500,
} as const satisfies Partial<WorkerOptions>;

const TIMES = {
  /** A worker that was killed keeps its workflows' tasks for this long before another gets them. */
  stickyQueueScheduleToStartTimeout: '5s',
  /** A cancellation reaches an activity with the answer to a sign of life: none is held back for longer than the interceptor's interval. */
  maxHeartbeatThrottleInterval: '2s',
  defaultHeartbeatThrottleInterval: '2s',
  /** `down` kills after 45 s. Until the first limit activities may end by themselves, then they are told to stop and run elsewhere. */
  shutdownGraceTime: '20s',
  shutdownForceTime: '40s',
} as const satisfies Partial<WorkerOptions>;

export interface TemporalWorkerParts {
  readonly address: string;
  readonly client: Client;
  readonly activities: AllActivities;
  readonly bundle: { readonly code: string };
  readonly dataConverter: NonNullable<WorkerOptions['dataConverter']>;
  readonly logger: Logger;
}

/** Sends the SDK's own log to ours, and leaves signals to us. Once for each process, before anything of the SDK's native part. */
export const installRuntime = (logger: Logger): void => {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const write = level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : level === 'INFO' ? 'info' : 'debug';
      logger[write]({ ...meta }, message);
    }),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
  });
};

/** Works on Temporal's tasks until the signal; waits while Temporal is away, and connects again after it was. */
export const runTemporalWorker = async (parts: TemporalWorkerParts, signal: AbortSignal): Promise<void> => {
  const { logger } = parts;
  await repeat({ name: 'Working for Temporal', intervalMs: RECONNECT_MS, signal, logger }, () => workOnce(parts, signal));
};

const workOnce = async ({ address, client, activities, bundle, dataConverter, logger }: TemporalWorkerParts, signal: AbortSignal): Promise<void> => {
  const connection = await NativeConnection.connect({ address });
  try {
    await ensureSearchAttributes(client, WANTED_ATTRIBUTES);
    const worker = await Worker.create({
      ...SLOTS,
      ...TIMES,
      connection,
      namespace: client.options.namespace,
      taskQueue: TASK_QUEUE,
      activities,
      workflowBundle: bundle,
      dataConverter,
      interceptors: { activity: [activityInterceptors] },
    });
    logger.info({ taskQueue: TASK_QUEUE }, 'Works for Temporal.');
    await runUntil(worker, signal);
  } finally {
    await connection.close();
  }
};

const runUntil = async (worker: Worker, signal: AbortSignal): Promise<void> => {
  const stop = (): void => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const running = worker.run();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await running;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
