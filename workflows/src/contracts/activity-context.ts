/** What every activity is told besides its own arguments: under whose name and for which step it acts. */
export interface StepContext {
  readonly operationId: string;
  readonly clusterId: string;
  readonly step: string;
  readonly actor: string;
  readonly reason?: string;
}

/** Where the endpoint shall lead, by node id. */
export interface RoutingOrder {
  readonly readWriteNodeId?: string;
  readonly readOnlyNodeIds: readonly string[];
}
