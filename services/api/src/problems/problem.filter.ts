import { Catch, Injectable, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { toDocument } from './problem-document.js';
import { toProblem } from './to-problem.js';

const log = new Logger('Problems');

/** The one place where errors become answers: application/problem+json, whoever threw them. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    sendProblem(error, host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>());
  }
}

export const sendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const problem = toProblem(error) ?? unexpected(error, request);
  // The answer has begun (a stream): all that can still be done is to end it.
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  void reply
    .status(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(toDocument(problem, request.url.split('?')[0] ?? '', request.id))));
};

const unexpected = (error: unknown, request: FastifyRequest): Problem => {
  log.error({ err: error, correlationId: request.id, method: request.method, url: request.url }, 'A request failed unexpectedly.');
  return new Problem(500, 'internal-error', `This is a fault of Holdfast. Its log tells more under ${request.id}.`);
};
