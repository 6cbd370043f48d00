import type { FactMetadata, Host, RegisteredHost } from '@holdfast/domain';
import type { RequestContext } from '../http/request-context.js';
import { notFound } from '../problems/problem.js';

/** Throws 404. */
export const registeredOr404 = ({ host }: { readonly host: Host }, hostId: string): RegisteredHost => {
  if (host.status !== 'registered') throw notFound('unknown-host', `There is no host ${hostId}.`);
  return host;
};

/** Facts of hosts carry the request's id, since no operation stands behind them. */
export const hostMeta = (context: RequestContext, reason?: string): FactMetadata => ({
  actor: context.actor,
  ...(reason === undefined ? {} : { reason }),
  correlationId: context.correlationId,
});
