import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { routeKey } from '../access/permissions.js';

/** Seconds; finest around the 25 ms that accepting a command may take. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Numbers about this process in Prometheus' format. */
export class Metrics {
  readonly registry = new Registry();
  private readonly durations = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'How long requests took, by route and status.',
    labelNames: ['route', 'status'] as const,
    buckets: BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Measures every request that has a route; others would make a label of each guess. */
  observe(server: FastifyInstance): void {
    server.addHook('onResponse', async (request, reply) => {
      const url = request.routeOptions.url;
      if (url !== undefined) this.durations.observe({ route: routeKey(request.method, url), status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    });
  }
}
