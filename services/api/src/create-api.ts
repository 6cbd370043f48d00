import 'reflect-metadata';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { RememberedTokens } from '@holdfast/infra/access';
import { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { addAccessHook } from './access/access.hook.js';
import { assertRoutesAreListed, routeKey } from './access/permissions.js';
import type { ApiDependencies } from './api-dependencies.js';
import { ApiModule } from './api.module.js';
import { EventFeed } from './events/event-feed.js';
import { CORRELATION_HEADER, correlationIdOf } from './http/correlation.js';
import { logRequests } from './http/log-requests.js';
import { PinoLogger } from './http/pino-logger.js';
import { ValidationPipe } from './http/validation.pipe.js';
import { buildDocument } from './openapi/build-document.js';
import { ProblemFilter, sendProblem } from './problems/problem.filter.js';
import { Metrics } from './system/metrics.js';

/** Far above every body that makes sense, far below what hurts. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * The API, ready to listen or to be asked by `inject`. Throws when a route is served that names no permission.
 * @param more controllers beside the API's own; tests show with them that an unlisted route is refused
 */
export const createApi = async (dependencies: ApiDependencies, more: readonly Type[] = []): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({
    loggerInstance: dependencies.logger,
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: correlationIdOf,
    // One line for each request, see logRequests.
    logController: new LogController({ disableRequestLogging: true }),
    // Before any route: an address that cannot be decoded.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(error, request, reply),
    // A HEAD route would need a permission of its own.
    exposeHeadRoutes: false,
    // Watchers hold their connections for ever; a shutdown ends them.
    forceCloseConnections: true,
  });
  const server = adapter.getInstance();
  server.removeContentTypeParser('text/plain');
  const routes = collectRoutes(server);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(dependencies, more), adapter, {
    logger: new PinoLogger(dependencies.logger),
    abortOnError: false,
    // Fastify's own parser of JSON is enough; Nest's would also take forms.
    bodyParser: false,
  });
  await addHooks(app, server, dependencies);
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(new ProblemFilter());
  serveDocument(app, server);
  await app.init();
  await server.ready();
  assertRoutesAreListed(routes);
  return app;
};

/** Every route that the server is given, whoever gives it. */
const collectRoutes = (server: FastifyInstance): Set<string> => {
  const routes = new Set<string>();
  server.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) routes.add(routeKey(method, route.url));
  });
  return routes;
};

const addHooks = async (app: NestFastifyApplication, server: FastifyInstance, dependencies: ApiDependencies): Promise<void> => {
  const tokens = new RememberedTokens(dependencies.tokens);
  server.addHook('onRequest', async (request, reply) => {
    void reply.header(CORRELATION_HEADER, request.id);
  });
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], upgradeInsecureRequests: null } },
    // The codec answers Temporal's pages of another origin; CORS says which.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  await app.register(cors, {
    delegator: (request, decide) => {
      const ours = request.url?.startsWith('/v1/codec/') === true;
      decide(null, { origin: ours ? [...dependencies.codecOrigins] : false, methods: ['POST'], credentials: true, maxAge: 600 });
    },
  });
  addAccessHook(server, (token) => tokens.authenticate(token));
  app.get(Metrics).observe(server);
  logRequests(server);
  server.addHook('preClose', () => app.get(EventFeed).close());
};

const serveDocument = (app: NestFastifyApplication, server: FastifyInstance): void => {
  let text: string | undefined;
  server.get('/v1/openapi.json', async (_, reply) => {
    text ??= JSON.stringify(buildDocument(app));
    return reply.type('application/json').send(text);
  });
  SwaggerModule.setup('docs', app, () => buildDocument(app), { raw: false, customSiteTitle: 'Holdfast API' });
};
