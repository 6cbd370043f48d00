import { InvalidArgumentError, Option } from 'commander';
import { confirmName } from '../ask.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { showDuration } from '../output/amounts.js';
import { escapeLine } from '../output/escape.js';
import { paintState, renderOperation } from '../output/render-operation.js';
import { renderPlan } from '../output/render-plan.js';
import { CliFailure } from '../problem.js';
import { exitCodeOf, followOperation, interrupted } from './follow-operation.js';
import type { HoldfastApi } from './holdfast-api.js';
import type { AcceptedOperation, OperationView, PlanAnswer } from './views.js';

/** Options of every command that asks for an operation. */
export interface OperationOptions {
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly planOnly?: boolean;
  readonly planHash?: string;
  readonly reason?: string;
  readonly confirm?: string;
}

export interface Agreement {
  readonly reason?: string;
  readonly planHash?: string;
}

/** One operation as a command asks for it. */
export interface OperationRequest {
  readonly plan: () => Promise<PlanAnswer>;
  /** `confirm` is the typed name, for operations that ask for one. */
  readonly submit: (agreement: Agreement, confirm: string) => Promise<AcceptedOperation>;
  /** Set for operations that ask for a name, typed. */
  readonly dangerous?: { readonly what: 'node' | 'cluster'; readonly name: string };
}

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It is a number of seconds.');
  return value;
};

export const operationOptions = (dangerous?: 'node' | 'cluster'): Option[] => [
  ...(dangerous === undefined ? [] : [new Option('--confirm <name>', `the ${dangerous}'s name; asked for in a terminal`)]),
  new Option('--plan-only', 'print what would be done, and its hash; nothing is done'),
  new Option('--plan-hash <hash>', 'refuse when the plan would differ from the one with this hash').conflicts('planOnly'),
  new Option('--wait', 'wait for the end and tell the steps (default in a terminal)'),
  new Option('--no-wait', 'answer as soon as the operation is accepted'),
  new Option('--timeout <seconds>', 'wait no longer than this; the operation goes on').argParser(seconds),
  new Option('--reason <text>', 'why; it goes into the facts'),
];

/** Plans, asks, submits and waits, as the options say. Answers the exit code. */
export const requestOperation = async (context: CliContext, api: HoldfastApi, request: OperationRequest, options: OperationOptions): Promise<ExitCode> => {
  if (options.planOnly === true) {
    const answer = await request.plan();
    context.document(answer);
    context.print(renderPlan(answer.plan, answer.planHash));
    return EXIT.ok;
  }
  const { confirm, planHash } = await confirmed(context, request, options);
  const agreement = { ...(options.reason === undefined ? {} : { reason: options.reason }), ...(planHash === undefined ? {} : { planHash }) };
  const accepted = await request.submit(agreement, confirm);
  const { id, kind, cluster } = accepted.operation;
  context.say(`${kind} of ${escapeLine(cluster.name)} accepted: ${id}`);
  if (options.wait ?? context.atTerminal) return awaitOperation(context, api, id, options.timeout);
  context.document(accepted);
  context.print(`${id}\n`);
  if (context.streams.err.isTTY === true) context.say(`Follow it: ./holdfast operations watch ${id}`);
  return EXIT.ok;
};

/** Whoever types the name has seen the plan, and agrees to that plan and no other. */
const confirmed = async (context: CliContext, { dangerous, plan }: OperationRequest, options: OperationOptions): Promise<{ confirm: string; planHash?: string }> => {
  const given = options.planHash === undefined ? {} : { planHash: options.planHash };
  if (dangerous === undefined) return { confirm: '', ...given };
  if (options.confirm !== undefined || !context.canAsk) {
    return { confirm: await confirmName(context, dangerous.what, dangerous.name, options.confirm), ...given };
  }
  const shown = await plan();
  context.streams.err.write(renderPlan(shown.plan, shown.planHash));
  return { confirm: await confirmName(context, dangerous.what, dangerous.name, undefined), planHash: options.planHash ?? shown.planHash };
};

/** Tells the steps as they come, then the end. Ctrl-C ends the waiting, not the operation. */
export const awaitOperation = async (context: CliContext, api: HoldfastApi, operationId: string, timeoutS?: number): Promise<ExitCode> => {
  const operation = await watchOperation(context, api, operationId, stepTeller(context), timeoutS);
  context.document(operation);
  tellEnd(context, operation);
  return exitCodeOf(operation);
};

export const watchOperation = async (
  context: CliContext,
  api: HoldfastApi,
  operationId: string,
  onChange: (operation: OperationView) => void,
  timeoutS?: number,
): Promise<OperationView> => {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort(interrupted(operationId));
  const timer = timeoutS === undefined ? undefined : setTimeout(() => stop.abort(overdue(operationId, timeoutS)), timeoutS * 1000);
  process.once('SIGINT', onInterrupt);
  try {
    return await followOperation(api, operationId, context, { signal: stop.signal, onChange });
  } finally {
    clearTimeout(timer);
    process.removeListener('SIGINT', onInterrupt);
  }
};

const overdue = (operationId: string, timeoutS: number): CliFailure =>
  new CliFailure(
    EXIT.failed,
    { title: 'Still running', code: 'wait-timeout', detail: `The operation is still running after ${timeoutS} s of waiting, and goes on.`, operationId },
    `Follow it: ./holdfast operations watch ${operationId}`,
  );

/** One line on standard error for each step that began or ended. */
export const stepTeller = (context: CliContext): ((operation: OperationView) => void) => {
  const told = new Map<string, string>();
  return (operation) => {
    for (const [index, step] of operation.steps.entries()) {
      const now = `${step.status} ${step.attempt}`;
      if (step.status === 'pending' || told.get(step.name) === now) continue;
      told.set(step.name, now);
      const time = step.durationMs === undefined ? '' : ` in ${showDuration(step.durationMs)}`;
      const problem = step.status === 'failed' && step.problem !== undefined ? `: ${escapeLine(step.problem.message)}` : '';
      context.say(`  ${index + 1}/${operation.steps.length} ${escapeLine(step.name)} ${paintState(context, step.status)}${time}${problem}`);
    }
  };
};

const tellEnd = (context: CliContext, operation: OperationView): void => {
  const { state, kind, cluster, durationMs } = operation;
  if (state === 'succeeded') {
    context.print(`${kind} of ${escapeLine(cluster.name)} succeeded${durationMs === undefined ? '' : ` in ${showDuration(durationMs)}`}.\n`);
    if (kind !== 'delete-cluster' && context.atTerminal) context.say(`Next: ./holdfast clusters show ${escapeLine(cluster.name)}`);
  } else {
    context.print(renderOperation(operation, context));
  }
};
