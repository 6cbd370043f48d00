import type { FastifyReply } from 'fastify';
import type { AcceptedOperation } from './accepted-operation.js';

/** Says where the operation can be followed. */
export const located = (reply: FastifyReply, accepted: AcceptedOperation): AcceptedOperation => {
  void reply.header('location', `/v1/operations/${accepted.operation.id}`);
  return accepted;
};
