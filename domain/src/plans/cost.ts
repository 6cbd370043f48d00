import { HOURS_PER_MONTH } from '../catalogue/plans.js';
import { findProvider } from '../catalogue/providers.js';
import type { OperationPlan } from '../operation/operation-plan.js';

/**
 * What machines of these sizes cost more (`direction` 1) or less (-1).
 * @param plans size of each machine, one entry a machine
 * @param prices millionths of a US dollar per hour; a size without a price costs nothing
 */
export const costOf = (
  provider: string,
  plans: readonly string[],
  direction: 1 | -1,
  prices = findProvider(provider)?.pricePerHourMicroUsd ?? {},
): OperationPlan['costChange'] => {
  const price = plans.reduce((sum, plan) => sum + (prices[plan] ?? 0), 0);
  // Never -0, which people would read as "-0".
  const perHourMicroUsd = price === 0 ? 0 : price * direction;
  return { perHourMicroUsd, perMonthMicroUsd: perHourMicroUsd * HOURS_PER_MONTH };
};
