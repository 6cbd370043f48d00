import type { ClusterNode, ExistingCluster } from '../cluster/cluster.state.js';
import { existing, servingCluster } from '../cluster/cluster.test-support.js';
import type { DeployClusterInput } from '../operation/operation-input.js';
import type { OperationPlan, PlannedStep } from '../operation/operation-plan.js';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const serving = (changes: Partial<DeployClusterInput> = {}): ExistingCluster => existing(...servingCluster(changes));

/** The node with this ordinal. */
export const nodeOf = (cluster: ExistingCluster, ordinal: number): ClusterNode => {
  const found = cluster.nodes.find((node) => node.ordinal === ordinal);
  if (found === undefined) throw new Error(`There is no node ${ordinal}.`);
  return found;
};

export const nameOf = (cluster: ExistingCluster, ordinal: number): string => nodeOf(cluster, ordinal).name;

export const stepNames = (plan: OperationPlan): string[] => plan.steps.map((step) => step.name);
export const stepOf = (plan: OperationPlan, name: string): PlannedStep => {
  const found = plan.steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}.`);
  return found;
};
/** The first step that only goes forward. */
export const pointOfNoReturn = (plan: OperationPlan): string | undefined => plan.steps.find((step) => step.afterPointOfNoReturn)?.name;
/** Steps that are taken back by doing something. */
export const undoable = (plan: OperationPlan): string[] => plan.steps.filter((step) => 'how' in step.undo).map((step) => step.name);
export const deadlines = (plan: OperationPlan): Record<string, number> => Object.fromEntries(plan.steps.map((step) => [step.name, step.deadlineMs]));
