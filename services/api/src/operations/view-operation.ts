import { never, type OperatorVerb, type PlannedStep } from '@holdfast/domain';
import type { OperationView, StepView } from '../views/operation.view.js';
import type { EndFact, OperationHistory } from './operation-history.js';

/** The operation as its facts say: the plan, and how far it has come. */
export const viewOperation = (history: OperationHistory): OperationView => {
  const { accepted, journal, end } = history;
  const { operationId, clusterId, kind, input, plan, planHash } = accepted.data;
  return {
    id: operationId,
    kind,
    state: stateOf(history),
    cluster: { id: clusterId, name: history.clusterName },
    actor: accepted.meta.actor,
    ...(accepted.meta.reason === undefined ? {} : { reason: accepted.meta.reason }),
    acceptedAt: accepted.at,
    ...(end === undefined ? {} : { endedAt: end.at, ...endOf(end) }),
    input: { ...input },
    plan: structuredClone(plan) as OperationView['plan'],
    planHash,
    steps: plan.steps.map((step) => viewStep(step, history)),
    pointOfNoReturnPassed: journal.pointOfNoReturnPassed,
    ...stuckOf(history),
    allowedAnswers: [...allowedAnswers(history)],
    answers: answersOf(history),
    interruptions: interruptionsOf(history),
    position: lastPosition(history),
  };
};

export const stateOf = ({ end, journal }: OperationHistory): OperationView['state'] => {
  if (end !== undefined) return OUTCOMES[end.type];
  if (journal.stuck !== undefined) return 'stuck';
  return journal.steps.length === 0 ? 'accepted' : 'running';
};

const OUTCOMES = {
  OperationSucceeded: 'succeeded',
  OperationFailed: 'failed',
  OperationCancelled: 'cancelled',
  OperationUndone: 'undone',
} as const satisfies Record<EndFact['type'], OperationView['state']>;

/** What may be answered now; the workflow has the last word. */
export const allowedAnswers = ({ end, journal }: OperationHistory): readonly OperatorVerb[] => {
  if (end !== undefined) return [];
  if (journal.stuck !== undefined) return journal.stuck.answers;
  return journal.pointOfNoReturnPassed || journal.interrupted ? [] : ['cancel'];
};

const endOf = (end: EndFact): Partial<OperationView> => {
  const { durationMs } = end.data;
  switch (end.type) {
    case 'OperationSucceeded':
      return { durationMs };
    case 'OperationFailed': {
      const { step, problem, undone } = end.data as Extract<EndFact['data'], { problem: unknown }>;
      return { durationMs, failedStep: step, problem, undone: [...undone] };
    }
    case 'OperationCancelled': {
      const { undone } = end.data as Extract<EndFact['data'], { undone: unknown }>;
      return { durationMs, undone: [...undone] };
    }
    case 'OperationUndone': {
      const { cause, undone } = end.data as Extract<EndFact['data'], { cause: unknown }>;
      return { durationMs, cause, undone: [...undone] };
    }
    default:
      return never(end.type);
  }
};

const viewStep = (step: PlannedStep, { journal, journalFacts }: OperationHistory): StepView => {
  const state = journal.steps.find((known) => known.name === step.name);
  const ofStep = journalFacts.filter((fact) => 'step' in fact.data && fact.data.step === step.name);
  const started = ofStep.find((fact) => fact.type === 'StepStarted');
  const ended = ofStep.findLast((fact) => ENDS_STEP.has(fact.type));
  return {
    name: step.name,
    title: step.title,
    nodes: [...step.nodes],
    deadlineMs: step.deadlineMs,
    afterPointOfNoReturn: step.afterPointOfNoReturn,
    status: state?.status ?? 'pending',
    attempt: state?.attempt ?? 0,
    ...(started === undefined ? {} : { startedAt: started.at }),
    ...(ended === undefined || state?.status === 'running' ? {} : { endedAt: ended.at, ...durationOf(started?.at, ended.at) }),
    ...(state?.problem === undefined ? {} : { problem: { ...state.problem } }),
  };
};

const ENDS_STEP = new Set(['StepCompleted', 'StepFailed', 'StepSkipped', 'StepUndone']);

const durationOf = (from: string | undefined, to: string): { durationMs?: number } => (from === undefined ? {} : { durationMs: Date.parse(to) - Date.parse(from) });

const stuckOf = ({ journal, journalFacts, end }: OperationHistory): Pick<OperationView, 'stuck'> => {
  const since = journalFacts.findLast((fact) => fact.type === 'OperationStuck')?.at;
  if (end !== undefined || journal.stuck === undefined || since === undefined) return {};
  const { step, undoing, problem } = journal.stuck;
  return { stuck: { step, undoing, problem: { ...problem }, since } };
};

const answersOf = ({ journalFacts }: OperationHistory): OperationView['answers'] =>
  journalFacts.flatMap((fact) => {
    if (fact.type !== 'OperatorAnswered' || !('verb' in fact.data)) return [];
    const { verb, step, actor, reason } = fact.data;
    return [{ verb, step, actor, ...(reason === undefined ? {} : { reason }), at: fact.at }];
  });

const interruptionsOf = ({ journalFacts }: OperationHistory): OperationView['interruptions'] =>
  journalFacts.flatMap((fact) => (fact.type === 'OperationInterrupted' && 'by' in fact.data ? [{ by: fact.data.by, detail: fact.data.detail, at: fact.at }] : []));

const lastPosition = ({ accepted, journalFacts, end }: OperationHistory): string =>
  [accepted.position, journalFacts.at(-1)?.position ?? '', end?.position ?? ''].reduce((one, other) => (one > other ? one : other));
