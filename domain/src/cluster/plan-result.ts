import { refuse, type Fault, type Refusal } from '../kernel/decision.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { findNode, type ClusterNode, type ExistingCluster } from './cluster.state.js';

export type PlanResult = { readonly planned: true; readonly plan: OperationPlan } | { readonly planned: false; readonly refusal: Refusal };

export const planned = (plan: OperationPlan): PlanResult => ({ planned: true, plan });
export const notPlanned = ({ refusal }: { readonly refusal: Refusal }): PlanResult => ({ planned: false, refusal });

/** One fault keeps its own code; several are told together. */
export const refuseFaults = (faults: readonly Fault[]): { refusal: Refusal } => {
  const [first, ...more] = faults as [Fault, ...Fault[]];
  const code = more.length === 0 ? first.code : 'invalid-request';
  return refuse('invalid', code, faults.map((fault) => fault.detail).join(' '), { errors: faults });
};

export type NodeLookup = { readonly found: true; readonly node: ClusterNode } | { readonly found: false; readonly refusal: Refusal };

/** The node that a request names, where its name was typed. */
export const namedNode = (cluster: ExistingCluster, input: { readonly nodeId: string; readonly confirm: string }): NodeLookup => {
  const node = findNode(cluster, input.nodeId);
  if (node === undefined) {
    const names = cluster.nodes.map((known) => known.name).join(', ');
    return { found: false, ...pick(refuse('not-found', 'unknown-node', `Cluster ${cluster.name} has no node ${input.nodeId}. It has: ${names}.`)) };
  }
  if (input.confirm !== node.name) return { found: false, ...pick(wrongConfirmation(node.name)) };
  return { found: true, node };
};

const pick = ({ refusal }: { readonly refusal: Refusal }): { refusal: Refusal } => ({ refusal });

export const wrongConfirmation = (name: string): { refusal: Refusal } =>
  refuse('invalid', 'wrong-confirmation', `To confirm, give the name ${name} exactly.`, {
    errors: [{ field: 'confirm', code: 'wrong-confirmation', detail: `Expected ${name}.` } satisfies Fault],
  });
