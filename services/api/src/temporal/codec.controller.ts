import { Body, Controller, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { TEMPORAL_DOOR } from '../api-dependencies.js';
import { Answers } from '../http/answers.js';
import { Problem } from '../problems/problem.js';
import type { PayloadJson, TemporalDoor } from './temporal-door.js';

const payload = z.strictObject({ metadata: z.record(z.string(), z.base64()).optional(), data: z.base64().optional() }).meta({ id: 'Payload' });
const payloads = z.strictObject({ payloads: z.array(payload).max(1000) }).meta({ id: 'Payloads' });
type Payloads = z.infer<typeof payloads>;

/** Temporal's remote codec: its web UI and command line show payloads in clear to those who may. */
@ApiTags('codec')
@Controller('v1/codec')
export class CodecController {
  constructor(@Inject(TEMPORAL_DOOR) private readonly temporal: TemporalDoor) {}

  @Post('decode')
  @Answers(200, 'Decrypts payloads of workflow histories.', payloads)
  async decode(@Body({ schema: payloads }) body: Payloads): Promise<Payloads> {
    return this.coded(() => this.temporal.decode(body.payloads));
  }

  @Post('encode')
  @Answers(200, 'Encrypts payloads, for commands sent by Temporal’s command line.', payloads)
  async encode(@Body({ schema: payloads }) body: Payloads): Promise<Payloads> {
    return this.coded(() => this.temporal.encode(body.payloads));
  }

  private async coded(work: () => Promise<PayloadJson[]>): Promise<Payloads> {
    try {
      return { payloads: [...(await work())] as Payloads['payloads'] };
    } catch {
      // The cause may tell of keys and content; a caller needs only this.
      throw new Problem(422, 'payload-not-readable', 'A payload is damaged, or encrypted with a key that this installation does not have.');
    }
  }
}
