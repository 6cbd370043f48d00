import { afterAll, beforeAll } from '@jest/globals';
import type { ClusterEvent, OperationPlan, OperatorVerb } from '@holdfast/domain';
import {
  ANSWER_UPDATE,
  TASK_QUEUE,
  type OperationWorkflowInput,
  type OperationWorkflowResult,
  type OperatorAnswer,
  type ResumeOrder,
} from '@holdfast/workflows/contracts';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { eventually } from '../support/api-client.js';
import { startTemporal } from '../support/temporal-server.js';
import { workflowBundle } from '../support/workflow-bundle.js';
import { fakeActivities } from './fakes/fake-activities.js';
import { FakeOperation, VALID_SIGNATURE, type Behaviour, type Entry } from './fakes/fake-world.js';

/** An operation as a test asks for it: its input without the ids, and the cluster's history before it. */
export interface Request {
  readonly input: Omit<OperationWorkflowInput, 'operationId' | 'resume'>;
  readonly history: (operationId: string) => readonly ClusterEvent[];
}

export interface StartOptions {
  readonly behaviour?: Behaviour;
  readonly beforeWrite?: FakeOperation['beforeWrite'];
  readonly plan?: OperationPlan;
  readonly resume?: ResumeOrder;
  /** What an earlier run wrote. */
  readonly written?: readonly Entry[];
  readonly workflowType?: string;
}

const WAIT_MS = 90_000;

/** A started operation: its world, and what a person can do to it. */
export class Started {
  constructor(
    readonly world: FakeOperation,
    readonly handle: WorkflowHandle,
  ) {}

  result = (): Promise<OperationWorkflowResult> => this.handle.result() as Promise<OperationWorkflowResult>;

  until = (what: string, holds: (world: FakeOperation) => boolean): Promise<true> => eventually(what, WAIT_MS, async () => holds(this.world) || undefined);

  stuck = (times = 1): Promise<true> => this.until('stuck', (world) => world.of('OperationStuck').length >= times);

  /** Sends an answer as the API would; throws what the workflow throws. */
  async answer(verb: OperatorVerb, step: string, changes: Partial<OperatorAnswer> & { signature?: string } = {}): Promise<void> {
    const { signature = VALID_SIGNATURE, ...rest } = changes;
    const answer: OperatorAnswer = {
      operationId: this.world.operationId,
      step,
      verb,
      actor: 'token:admin',
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
      nonce: crypto.randomUUID(),
      ...rest,
    };
    await this.handle.executeUpdate(ANSWER_UPDATE, { args: [{ answer, signature }] });
  }

  /** Code of the refusal of an answer; undefined when it was taken. */
  async refusalOf(verb: OperatorVerb, step: string, changes: Partial<OperatorAnswer> & { signature?: string } = {}): Promise<string | undefined> {
    try {
      await this.answer(verb, step, changes);
      return undefined;
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      return (error.cause as { type?: string }).type;
    }
  }
}

/** A Temporal server and a worker with fake activities for all tests of a file. */
export class Harness {
  private env: TestWorkflowEnvironment | undefined;
  private readonly worlds = new Map<string, FakeOperation>();
  private started = 0;

  constructor(private readonly entry?: string) {
    let worker: Worker;
    let running: Promise<void>;
    beforeAll(async () => {
      this.env = await startTemporal();
      worker = await Worker.create({
        connection: this.env.nativeConnection,
        identity: 'tests',
        taskQueue: TASK_QUEUE,
        workflowBundle: { codePath: workflowBundle(this.entry) },
        activities: fakeActivities((operationId) => this.world(operationId)),
        // Cancellation travels with heartbeats.
        maxHeartbeatThrottleInterval: '100ms',
      });
      running = worker.run();
    }, 120_000);
    afterAll(async () => {
      worker?.shutdown();
      await running;
      await this.env?.teardown();
    }, 120_000);
  }

  get client(): TestWorkflowEnvironment['client'] {
    if (this.env === undefined) throw new Error('There is no Temporal server yet.');
    return this.env.client;
  }

  world(operationId: string): FakeOperation {
    const world = this.worlds.get(operationId);
    if (world === undefined) throw new Error(`There is no operation ${operationId}.`);
    return world;
  }

  async start(request: Request, options: StartOptions = {}): Promise<Started> {
    this.started += 1;
    const operationId = `${request.input.kind}-${this.started}`;
    const world = new FakeOperation(operationId, request.history(operationId));
    world.seed(options.written ?? []);
    if (options.behaviour !== undefined) world.behaviour = options.behaviour;
    if (options.beforeWrite !== undefined) world.beforeWrite = options.beforeWrite;
    this.worlds.set(operationId, world);
    const input: OperationWorkflowInput = {
      ...request.input,
      operationId,
      plan: options.plan ?? request.input.plan,
      ...(options.resume === undefined ? {} : { resume: options.resume }),
    };
    const handle = await this.client.workflow.start(options.workflowType ?? request.input.kind, {
      workflowId: operationId,
      taskQueue: TASK_QUEUE,
      args: [input],
      workflowTaskTimeout: '10s',
    });
    return new Started(world, handle);
  }

  async run(request: Request, options: StartOptions = {}): Promise<FakeOperation> {
    const started = await this.start(request, options);
    await started.result();
    return started.world;
  }
}
