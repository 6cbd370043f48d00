import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { HealthProbe } from './health-probe.js';
import { Metrics } from './metrics.js';

const alive = z.object({ status: z.literal('alive') }).meta({ id: 'Alive' });
const readiness = z
  .object({
    ready: z.boolean().meta({ description: 'Commands are accepted; they are also while Temporal is away.' }),
    parts: z.array(z.object({ name: z.enum(['event-store', 'read-models', 'temporal']), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'Readiness' });

@ApiTags('system')
@Controller()
export class SystemController {
  constructor(
    @Inject(HealthProbe) private readonly probe: HealthProbe,
    @Inject(Metrics) private readonly numbers: Metrics,
  ) {}

  @Get('healthz')
  @Answers(200, 'The process answers.', alive)
  health(): z.infer<typeof alive> {
    return { status: 'alive' };
  }

  @Get('readyz')
  @Answers(200, 'Each part that the API depends on; 503 while commands cannot be accepted.', readiness)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof readiness>> {
    const parts = await this.probe.parts();
    const ready = parts.every((part) => part.ok || part.name !== 'event-store');
    void reply.status(ready ? 200 : 503);
    return { ready, parts };
  }

  @Get('metrics')
  @ApiProduces('text/plain')
  @Answers(200, 'Numbers about this process in Prometheus’ format.')
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.numbers.registry.contentType);
    return this.numbers.registry.metrics();
  }
}
