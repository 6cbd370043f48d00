import type { StepContext } from './activity-context.js';

/** Machines of a cluster. Node ids name reserved nodes of the cluster's state; destroying what does not exist is no error. */
export interface MachineActivities {
  /** Fact NodeProvisioned. */
  provisionNode(context: StepContext, nodeId: string): Promise<void>;
  /** The machine of the endpoint. Fact EndpointProvisioned. */
  provisionEndpoint(context: StepContext): Promise<void>;
  destroyNode(context: StepContext, nodeId: string): Promise<void>;
  /** Fact EndpointClosed. */
  destroyEndpoint(context: StepContext): Promise<void>;
}
