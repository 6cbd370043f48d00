import type { ClusterEvent, DeployClusterInput, OperationKind, OperationPlan, PlannedStep } from '@holdfast/domain';
import type { FakeOperation } from './fakes/fake-world.js';
import type { Harness, Request, Started } from './harness.js';
import type { RequestChanges } from './requests.js';

/** What a runbook does, written down apart from it. Calls made at once are compared without their order. */
export interface RunbookSpec {
  readonly kind: OperationKind;
  /** Set where another than a cluster of one primary with replicas is operated on. */
  readonly other?: OtherRunbook;
  /** Calls of each step of the longest plan: a synchronous cluster of three nodes. */
  readonly does: Readonly<Record<string, readonly string[]>>;
  /** Calls of each undo; steps that are not here have none. */
  readonly undoes: Readonly<Record<string, readonly string[]>>;
  /** How many kinds of histories the runbook must replay: 1, and one more with each patch of it. */
  readonly historyVersion?: number;
  /** Undone although it was never begun, because accepting the operation did something. */
  readonly undoneAlways?: string;
}

/** A runbook of another mode. */
export interface OtherRunbook extends RequestChanges {
  /** Part of the names of its recorded histories. */
  readonly name: string;
  /** Shapes of the cluster; the calls are specified for the first. */
  readonly shapes: readonly [Partial<DeployClusterInput>, ...Partial<DeployClusterInput>[]];
}

/** What the tests of one operation share. */
export interface Suite {
  readonly spec: RunbookSpec;
  readonly harness: Harness;
  readonly request: Request;
  readonly steps: readonly string[];
  readonly lastCallOf: (step: string) => number;
}

export const LONGEST = { replication: 'sync' } as const;

export const namesOf = (steps: readonly PlannedStep[]): string[] => steps.map((step) => step.name);
export const upTo = (plan: OperationPlan, step: string): PlannedStep[] => plan.steps.slice(0, plan.steps.findIndex((planned) => planned.name === step) + 1);
export const isForwardOnly = (plan: OperationPlan, step: string): boolean =>
  plan.steps.some((planned) => planned.name === step && planned.afterPointOfNoReturn);

/** Names of the steps to undo once the last of these was begun, in the order of their undo. */
export const undoOrder = (steps: readonly PlannedStep[]): string[] => namesOf(steps.filter((step) => 'how' in step.undo)).reverse();

/** Steps in the order in which they were begun, each once. */
export const begun = (world: FakeOperation): string[] => [...new Set(world.of('StepStarted').map((data) => data.step))];
export const undone = (world: FakeOperation): string[] => world.of('StepUndone').map((data) => data.step);

export const callsOf = (world: FakeOperation, step: string): string[] => world.calls.filter((call) => call.step === step).map((call) => call.text);

export const sorted = (texts: readonly string[]): string[] => [...texts].sort();

export const endData = (world: FakeOperation): Record<string, unknown> => ({ ...(world.end as ClusterEvent).data });

/** All at once: a test file has many operations, and each of them mostly waits. */
export const runAll = async <T>(keys: readonly string[], run: (key: string) => Promise<T>): Promise<Map<string, T>> => {
  const entries = await Promise.all(keys.map(async (key) => [key, await run(key)] as const));
  return new Map(entries);
};

export const got = <T>(outcomes: Map<string, T> | undefined, key: string): T => {
  const outcome = outcomes?.get(key);
  if (outcome === undefined) throw new Error(`Nothing was run for ${key}.`);
  return outcome;
};

/** Waits for the nth call of a step, which its behaviour holds up. */
export const reached = (started: Started, step: string, nth: number): Promise<true> =>
  started.until(`call ${nth} of ${step}`, (world) => world.calls.some((call) => call.step === step && call.nth === nth));
