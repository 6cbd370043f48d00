import type { components } from '../api/schema.generated.js';

type Schemas = components['schemas'];

export type ClusterView = Schemas['Cluster'];
export type NodeView = Schemas['Node'];
export type PlanAnswer = Schemas['PlanAnswer'];
export type AcceptedOperation = Schemas['AcceptedOperation'];
export type OperationView = Schemas['Operation'];
export type StepView = Schemas['Step'];
export type FactView = Schemas['Fact'];
