import { OPERATION_KINDS } from '@holdfast/domain';
import { z } from 'zod';
import { clusterView } from './cluster.view.js';
import { operationState } from './operation.view.js';

/** A cluster in a list. */
export const clusterRow = clusterView
  .pick({ id: true, name: true, status: true, engine: true, version: true, mode: true, replication: true, provider: true, region: true, plan: true, terminationProtection: true })
  .extend({ nodeCount: z.int(), operationId: z.string().optional(), requestedAt: z.iso.datetime(), changedAt: z.iso.datetime() })
  .meta({ id: 'ClusterRow' });
export type ClusterRow = z.infer<typeof clusterRow>;

/** An operation in a list. */
export const operationRow = z
  .object({
    id: z.string(),
    kind: z.enum(OPERATION_KINDS),
    state: operationState,
    cluster: z.object({ id: z.string(), name: z.string() }),
    actor: z.string(),
    reason: z.string().optional(),
    step: z.string().optional().meta({ description: 'The one it is at, or ended at.' }),
    acceptedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'OperationRow' });
export type OperationRow = z.infer<typeof operationRow>;
