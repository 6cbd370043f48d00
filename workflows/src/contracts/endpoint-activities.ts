import type { RoutingOrder, StepContext } from './activity-context.js';

export interface EndpointActivities {
  /** Fact EndpointRouted. */
  openEndpoint(context: StepContext, routing: RoutingOrder): Promise<void>;
  /** Fact EndpointRouted, unless the read-write side is only held (readWriteNodeId absent). */
  routeEndpoint(context: StepContext, routing: RoutingOrder): Promise<void>;
  closeEndpoint(context: StepContext): Promise<void>;
}
