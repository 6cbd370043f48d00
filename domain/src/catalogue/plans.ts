/** A machine size. Prices are in millionths of a US dollar, so that they add up without rounding. */
export interface CataloguePlan {
  readonly id: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

const GIB = 1024 ** 3;

/** Hours in a month for prices, as the product's documents reckon ("based on 730 hours"). */
export const HOURS_PER_MONTH = 730;

export const PLANS: readonly CataloguePlan[] = [
  { id: 'SMALL-1C-1G', cpuCount: 1, memoryBytes: 1 * GIB, diskBytes: 10 * GIB },
  { id: 'SMALL-1C-2G', cpuCount: 1, memoryBytes: 2 * GIB, diskBytes: 20 * GIB },
  { id: 'MEDIUM-2C-4G', cpuCount: 2, memoryBytes: 4 * GIB, diskBytes: 40 * GIB },
  { id: 'LARGE-4C-8G', cpuCount: 4, memoryBytes: 8 * GIB, diskBytes: 80 * GIB },
  { id: 'XLARGE-8C-16G', cpuCount: 8, memoryBytes: 16 * GIB, diskBytes: 160 * GIB },
];

export const DEFAULT_PLAN = 'SMALL-1C-1G';

export const findPlan = (id: string): CataloguePlan | undefined => PLANS.find((plan) => plan.id === id);
