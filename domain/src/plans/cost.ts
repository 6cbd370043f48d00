import { HOURS_PER_MONTH } from '../catalogue/plans.js';
import { findProvider } from '../catalogue/providers.js';
import type { OperationPlan } from '../operation/operation-plan.js';

/** What `nodeCount` machines of a plan cost more (or less, when negative). */
export const costOf = (provider: string, plan: string, nodeCount: number): OperationPlan['costChange'] => {
  const perHourMicroUsd = (findProvider(provider)?.pricePerHourMicroUsd[plan] ?? 0) * nodeCount;
  return { perHourMicroUsd, perMonthMicroUsd: perHourMicroUsd * HOURS_PER_MONTH };
};
