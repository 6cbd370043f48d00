import type { Projection } from './projection.js';
import { auditProjection } from './read-models/audit.projection.js';
import { clustersProjection } from './read-models/clusters.projection.js';
import { nodesProjection } from './read-models/nodes.projection.js';
import { operationsProjection } from './read-models/operations.projection.js';

export const PROJECTIONS: readonly Projection[] = [clustersProjection, nodesProjection, operationsProjection, auditProjection];
