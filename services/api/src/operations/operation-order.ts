import { findNode, type Cluster, type OperationRequest } from '@holdfast/domain';
import { z } from 'zod';
import type { RequestContext } from '../http/request-context.js';
import type { OperationIdentity } from './operation-identity.js';

/** A command on its way to a decision. */
export interface OperationOrder {
  readonly identity: OperationIdentity;
  readonly context: RequestContext;
  /** The name that a new cluster shall have, else id or name of the cluster to change. */
  readonly target: { readonly newName: string } | { readonly cluster: string };
  /** The request, once the cluster is known: nodes are given by id or name and go into facts by id. */
  readonly request: (cluster: Cluster) => OperationRequest;
  readonly reason?: string;
  /** Refused when the plan would differ now. */
  readonly planHash?: string;
}

export const REASON_MAX = 500;

/** Fields that every command takes. */
export const commandFields = {
  reason: z.string().max(REASON_MAX).optional().meta({ description: 'Why; goes into the facts.' }),
  planHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'Expected the hash of a plan: 64 hexadecimal digits.')
    .optional()
    .meta({ description: 'The plan that was agreed to: 412 when it would differ now.' }),
};

/** Reason and plan hash, without those that were not given. */
export const agreementOf = (body: { reason?: string | undefined; planHash?: string | undefined }): Pick<OperationOrder, 'reason' | 'planHash'> => ({
  ...(body.reason === undefined ? {} : { reason: body.reason }),
  ...(body.planHash === undefined ? {} : { planHash: body.planHash }),
});

/** The node's id, or the text as it is where no node matches: the rules then say so. */
export const nodeIdIn = (cluster: Cluster, idOrName: string): string =>
  cluster.status === 'absent' ? idOrName : (findNode(cluster, idOrName)?.id ?? idOrName);
