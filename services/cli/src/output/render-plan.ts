import type { OperationPlan, PlannedStep } from '@holdfast/domain';
import { showDollars, showDuration } from './amounts.js';
import { escapeLine } from './escape.js';

/** A plan for people: what will be done in which order, what it costs, and how it is taken back. */
export const renderPlan = (plan: OperationPlan, planHash: string): string => {
  const { costChange, expectedWritePauseMs } = plan;
  const turn = plan.steps.findIndex((step) => step.afterPointOfNoReturn);
  const lines = [
    `Plan of ${plan.kind}`,
    ...plan.steps.flatMap((step, index) => [...(index === turn ? ['  -- from here it only goes forward --'] : []), renderStep(step, index + 1)]),
    `Nodes touched    ${plan.nodesTouched.length === 0 ? 'none' : plan.nodesTouched.join(', ')}`,
    `Write pause      ${expectedWritePauseMs === 0 ? 'none' : `about ${showDuration(expectedWritePauseMs)}`}`,
    `Could be lost    ${plan.dataAtRisk}`,
    `Cost change      ${showDollars(costChange.perHourMicroUsd)} an hour, ${showDollars(costChange.perMonthMicroUsd, 2)} a month`,
    ...plan.warnings.map((warning) => `Warning          ${warning}`),
    `Undone by        ${plan.undo}`,
    `Hash             ${planHash}`,
  ];
  return `${lines.map(escapeLine).join('\n')}\n`;
};

const renderStep = ({ name, title, deadlineMs, undo }: PlannedStep, number: number): string => {
  const back = 'how' in undo ? `undo: ${undo.how}` : `no undo: ${undo.none}`;
  return `  ${number}. ${name}: ${title} (within ${showDuration(deadlineMs)}; ${back})`;
};
