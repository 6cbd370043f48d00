import { operationStream, type OperationEvent, type StepProblem } from './operation.events.js';
import { isOperationKind, OPERATION_KINDS } from './operation-kind.js';
import { EMPTY_JOURNAL, evolveJournal, type OperationJournal } from './operation.state.js';

const of = (step: string) => ({ operationId: 'op-1', clusterId: 'c-1', step });
const PROBLEM: StepProblem = { code: 'disk-full', message: 'No space is left.' };
const fold = (...events: OperationEvent[]): OperationJournal => events.reduce(evolveJournal, EMPTY_JOURNAL);

const started = (step: string, attempt = 1): OperationEvent => ({ type: 'StepStarted', data: { ...of(step), attempt } });
const stuck: OperationEvent = { type: 'OperationStuck', data: { ...of('clone-data'), undoing: false, problem: PROBLEM, answers: ['retry', 'abort'] } };

describe('the journal of an operation', () => {
  it('is empty at first', () => {
    expect(fold()).toEqual({ steps: [], pointOfNoReturnPassed: false, interrupted: false, answers: [] });
  });
  it('keeps the steps in the order they were started', () => {
    const journal = fold(started('reserve'), { type: 'StepCompleted', data: { ...of('reserve'), durationMs: 3, result: { port: 5432 } } }, started('clone-data'));
    expect(journal.steps).toEqual([
      { name: 'reserve', status: 'completed', attempt: 1, result: { port: 5432 } },
      { name: 'clone-data', status: 'running', attempt: 1 },
    ]);
  });
  it('counts a step that is started again once, and forgets its problem', () => {
    const journal = fold(started('clone-data'), { type: 'StepFailed', data: { ...of('clone-data'), attempt: 1, problem: PROBLEM } }, started('clone-data', 2));
    expect(journal.steps).toEqual([{ name: 'clone-data', status: 'running', attempt: 2 }]);
  });
  it('keeps the problem of a failed step', () => {
    const journal = fold(started('clone-data'), { type: 'StepFailed', data: { ...of('clone-data'), attempt: 1, problem: PROBLEM } });
    expect(journal.steps).toEqual([{ name: 'clone-data', status: 'failed', attempt: 1, problem: PROBLEM }]);
  });
  it.each<[string, OperationEvent]>([
    ['skipped', { type: 'StepSkipped', data: { ...of('clone-data'), actor: 'token:admin' } }],
    ['undone', { type: 'StepUndone', data: of('clone-data') }],
    ['completed', { type: 'StepCompleted', data: { ...of('clone-data'), durationMs: 3 } }],
  ])('is no longer stuck when the step is %s', (status, event) => {
    const journal = fold(started('reserve'), started('clone-data'), stuck, event);
    expect(journal.stuck).toBeUndefined();
    expect(journal.steps.map((step) => step.status)).toEqual(['running', status]);
  });
  it('says why it is stuck and who may answer what', () => {
    expect(fold(started('clone-data'), stuck).stuck).toEqual({ step: 'clone-data', undoing: false, problem: PROBLEM, answers: ['retry', 'abort'] });
  });
  it('stays stuck while a further try only fails', () => {
    expect(fold(started('clone-data'), stuck, { type: 'StepFailed', data: { ...of('clone-data'), attempt: 2, problem: PROBLEM } }).stuck).toBeDefined();
  });
  it('goes on when the step is started again', () => {
    expect(fold(started('clone-data'), stuck, started('clone-data', 2)).stuck).toBeUndefined();
  });
  it('remembers every answer', () => {
    const journal = fold(started('clone-data'), stuck, { type: 'OperatorAnswered', data: { ...of('clone-data'), verb: 'retry', actor: 'token:admin' } });
    expect(journal.stuck).toBeUndefined();
    expect(journal.answers).toEqual([{ verb: 'retry', actor: 'token:admin', step: 'clone-data' }]);
  });
  it('remembers the point of no return', () => {
    expect(fold({ type: 'PointOfNoReturnPassed', data: of('promote') }).pointOfNoReturnPassed).toBe(true);
  });
  it('remembers an interruption', () => {
    expect(fold({ type: 'OperationInterrupted', data: { operationId: 'op-1', clusterId: 'c-1', by: 'reconciler', detail: 'terminated' } }).interrupted).toBe(true);
  });
  it('is not folded from what nobody knows', () => {
    expect(() => fold({ type: 'StepPainted', data: of('x') } as unknown as OperationEvent)).toThrow('Unhandled case');
  });
});

describe('words of operations', () => {
  it('names the stream after the operation', () => {
    expect(operationStream('op-1')).toBe('operation-op-1');
  });
  it('knows the kinds', () => {
    for (const kind of OPERATION_KINDS) expect(isOperationKind(kind)).toBe(true);
    expect(isOperationKind('paint-cluster')).toBe(false);
  });
});
