import { operationStream, type EventStore } from '@holdfast/domain';
import { factId } from '@holdfast/activities';
import type { OperationWorkflowInput } from '@holdfast/workflows/contracts';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { DispatchTable, OpenOperation } from './dispatch-table.js';
import type { OperationStarter } from './operation-starter.js';
import { readJournal, readOperation, type JournalRecord } from './operation-record.js';
import { repeat } from './repeat.js';
import { lookAtRun, type ClosedRun } from './workflow-run.js';

const INTERVAL_MS = 2_000;
const ACTOR = 'system:reconciler';
/** The first two interruptions are answered at once; a run that is ended again and again is given time, doubled up to a minute. */
const PROMPT_RESTARTS = 2;
const RESTART_PAUSE_MS_MAX = 60_000;

/**
 * Finds operations whose workflow is over although no fact says how they ended: terminated by a person, failed, or lost with
 * Temporal's database. Each is started again under its id, with its journal, and so comes to a defined end; no cluster stays
 * locked.
 */
export class Reconciler {
  constructor(
    private readonly store: EventStore,
    private readonly table: DispatchTable,
    private readonly client: Client,
    private readonly starter: OperationStarter,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /** Until the signal. Only one may run at a time: see Leadership. */
  async run(signal: AbortSignal): Promise<void> {
    await repeat({ name: 'Looking for lost operations', intervalMs: INTERVAL_MS, signal, logger: this.logger }, () => this.reconcile(signal));
  }

  /** One look at every started operation. */
  async reconcile(signal: AbortSignal = new AbortController().signal): Promise<void> {
    for (const operation of await this.table.started()) {
      if (signal.aborted) return;
      const run = await lookAtRun(this.client, operation.operationId);
      if (run.state === 'open') continue;
      // Only now: a run that ended well has written its end before it closed.
      const record = await readOperation(this.store, operation.clusterId, operation.operationId);
      if (record === undefined || record.ended) continue;
      await (run.state === 'lost' ? this.startLost(record.input) : this.startClosed(operation, record.input, run));
    }
  }

  /** Nobody wanted its end: it goes on where its journal ends. */
  private async startLost(input: OperationWorkflowInput): Promise<void> {
    const { journal } = await readJournal(this.store, input.operationId);
    const cause = 'Temporal did not know the operation any more: its database was lost or replaced.';
    await this.startAgain(journal.steps.length === 0 ? input : { ...input, resume: { direction: 'forward', journal, cause } }, cause);
  }

  private async startClosed(operation: OpenOperation, input: OperationWorkflowInput, run: ClosedRun): Promise<void> {
    const before = await readJournal(this.store, operation.operationId);
    await this.recordInterruption(operation, run);
    if (!isDue(before, Date.now())) return;
    const { journal } = before;
    const direction = journal.pointOfNoReturnPassed ? 'forward' : 'undo';
    await this.startAgain({ ...input, resume: { direction, journal, cause: run.sentence } }, run.sentence);
  }

  /** Once for each run, however often it is looked at. */
  private async recordInterruption({ operationId, clusterId }: OpenOperation, run: ClosedRun): Promise<void> {
    await this.store.append(operationStream(operationId), 'any', [
      {
        id: factId(operationId, 'interrupted', run.runId),
        type: 'OperationInterrupted',
        schemaVersion: 1,
        data: { operationId, clusterId, by: 'temporal', detail: run.sentence },
        meta: { actor: ACTOR, correlationId: operationId },
      },
    ]);
  }

  private async startAgain(input: OperationWorkflowInput, cause: string): Promise<void> {
    const started = await this.starter.again(input);
    const { operationId, clusterId, resume } = input;
    if (started) this.logger.warn({ operationId, clusterId, direction: resume?.direction ?? 'forward', cause }, 'Operation started again.');
  }
}

const isDue = ({ interruptions }: JournalRecord, nowMs: number): boolean => {
  const last = interruptions.at(-1);
  if (last === undefined || interruptions.length <= PROMPT_RESTARTS) return true;
  return nowMs - Date.parse(last.at) >= Math.min(1_000 * 2 ** (interruptions.length - PROMPT_RESTARTS), RESTART_PAUSE_MS_MAX);
};
