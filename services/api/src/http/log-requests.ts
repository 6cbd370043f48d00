import type { FastifyInstance } from 'fastify';

/** One line for each request once it is answered: who asked for what, and how long it took. Never its headers or body. */
export const logRequests = (server: FastifyInstance): void => {
  server.addHook('onResponse', async (request, reply) => {
    const { method, id, url, ip, token } = request;
    request.log.info({ method, url, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime * 10) / 10, actor: token?.actor, ip, correlationId: id }, 'request');
  });
};
