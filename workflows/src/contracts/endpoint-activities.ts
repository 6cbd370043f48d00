import type { RoutingOrder, StepContext } from './activity-context.js';

export interface EndpointActivities {
  /** Brings its program to its machine. */
  installEndpoint(context: StepContext): Promise<void>;
  /** Fact EndpointRouted. */
  openEndpoint(context: StepContext, routing: RoutingOrder): Promise<void>;
  /** Fact EndpointRouted, unless the read-write side is only held (readWriteNodeId absent). */
  routeEndpoint(context: StepContext, routing: RoutingOrder): Promise<void>;
  closeEndpoint(context: StepContext): Promise<void>;
}
