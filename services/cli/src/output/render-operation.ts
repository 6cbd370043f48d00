import type { OperationView, StepView } from '../client/views.js';
import type { CliContext } from '../context.js';
import { showDuration, showTime } from './amounts.js';
import { escapeLine, escapeLines } from './escape.js';

const TONES = { succeeded: 'green', completed: 'green', failed: 'red', stuck: 'red', running: 'yellow', accepted: 'yellow', undone: 'yellow', cancelled: 'yellow', skipped: 'dim', pending: 'dim' } as const;

/** A state in its colour. */
export const paintState = (context: CliContext, state: string, text = state): string => {
  const tone = TONES[state as keyof typeof TONES] as (typeof TONES)[keyof typeof TONES] | undefined;
  return tone === undefined ? text : context.paint(tone, text);
};

/** An operation with its steps, what stands in its way, and what can be answered. */
export const renderOperation = (operation: OperationView, context: CliContext): string => {
  const { id, kind, cluster, actor, reason, acceptedAt, durationMs } = operation;
  const facts = [
    `${kind} of ${cluster.name}: `,
    `Operation   ${id}`,
    `Asked by    ${actor}${reason === undefined ? '' : `: ${reason}`}`,
    `Accepted    ${showTime(acceptedAt, context.atTerminal)}${durationMs === undefined ? '' : `, took ${showDuration(durationMs)}`}`,
  ].map(escapeLine);
  const head = `${facts[0]}${paintState(context, operation.state)}\n${facts.slice(1).join('\n')}\n`;
  return `${head}${operation.steps.map((step, index) => renderStep(step, index + 1, context)).join('')}${renderTrouble(operation)}`;
};

const renderStep = (step: StepView, number: number, context: CliContext): string => {
  const time = step.durationMs === undefined ? '' : ` in ${showDuration(step.durationMs)}`;
  const attempt = step.attempt > 1 ? `, attempt ${step.attempt}` : '';
  const problem = step.problem === undefined || step.status === 'completed' ? '' : `\n     ${escapeLine(step.problem.message)}`;
  return `  ${number}. ${escapeLine(step.name)}: ${paintState(context, step.status)}${time}${attempt}  ${context.paint('dim', escapeLine(step.title))}${problem}\n`;
};

/** Why it failed or is stuck, with the last lines of what a node printed. */
const renderTrouble = (operation: OperationView): string => {
  const { stuck, problem, cause, undone, failedStep, allowedAnswers, id } = operation;
  const lines: string[] = [];
  if (failedStep !== undefined) lines.push(`Failed at   ${failedStep}`);
  const why = stuck?.problem ?? problem;
  if (stuck !== undefined) lines.push(`Stuck at    ${stuck.step}${stuck.undoing ? ' while it is undone' : ''}`);
  if (why !== undefined) lines.push(`Because     ${why.message} (${why.code}${why.node === undefined ? '' : `, on ${why.node}`})`);
  if (cause !== undefined) lines.push(`Undone for  ${cause}`);
  if (undone !== undefined && undone.length > 0) lines.push(`Taken back  ${undone.join(', ')}`);
  const output = why?.outputTail === undefined ? '' : `${escapeLines(why.outputTail.trimEnd()).replaceAll(/^/gm, '  | ')}\n`;
  const answers = stuck === undefined ? '' : `Answer it   ${allowedAnswers.map((verb) => `./holdfast operations ${verb} ${escapeLine(id)}`).join('\n            ')}\n`;
  return `${lines.map((line) => `${escapeLine(line)}\n`).join('')}${output}${answers}`;
};
