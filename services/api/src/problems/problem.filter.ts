import { Catch, Injectable, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { toDocument } from './problem-document.js';
import { toProblem } from './to-problem.js';

/** The one place where errors become answers: application/problem+json, whoever threw them. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Problems');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = toProblem(error) ?? this.unexpected(error, request);
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
  }

  private unexpected(error: unknown, request: FastifyRequest): Problem {
    this.log.error({ err: error, correlationId: request.id, route: `${request.method} ${request.routeOptions.url ?? ''}` }, 'A request failed unexpectedly.');
    return new Problem(500, 'internal-error', `This is a fault of Holdfast. Its log tells more under ${request.id}.`);
  }
}
