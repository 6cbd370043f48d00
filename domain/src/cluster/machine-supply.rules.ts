import { refuse, type Refusal } from '../kernel/decision.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import type { MachineSupply } from '../ports/provider.js';

/** How many machines an operation makes: one for each node that it makes, and one for the endpoint of a new cluster that has one. */
export const machinesMadeBy = ({ kind, subjects, steps }: OperationPlan): number => {
  if (kind !== 'deploy-cluster' && kind !== 'add-node') return 0;
  const hasEndpoint = steps.some(({ name }) => name === 'open-endpoint');
  return subjects.filter(({ target }) => target).length + (hasEndpoint ? 1 : 0);
};

/** Why the plan cannot begin: it makes more machines than can be had. Says how many are missing, and why each of the others cannot be used. */
export const supplyRefusal = (plan: OperationPlan, { free, inUse, unusable, remedy }: MachineSupply): Refusal | undefined => {
  const needed = machinesMadeBy(plan);
  if (needed <= free) return undefined;
  const missing = needed - free;
  const sentences = [
    `${count(needed)} ${isOrAre(needed)} needed, one for each node${needed > targetsOf(plan) ? ' and one for the endpoint' : ''}, and ${free} ${isOrAre(free)} free: ${missing} more ${isOrAre(missing)} needed.`,
    ...(inUse === 0 ? [] : [`${inUse} ${inUse === 1 ? 'serves' : 'serve'} already.`]),
    ...unusable.map(({ id, reason }) => `${id} cannot be used: ${reason}`),
    remedy,
  ];
  return refuse('conflict', 'not-enough-machines', sentences.join(' '), { needed, free, missing, unusable }).refusal;
};

const targetsOf = ({ subjects }: OperationPlan): number => subjects.filter(({ target }) => target).length;
const count = (machines: number): string => `${machines} ${machines === 1 ? 'machine' : 'machines'}`;
const isOrAre = (number: number): string => (number === 1 ? 'is' : 'are');
