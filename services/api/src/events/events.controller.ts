import { Readable } from 'node:stream';
import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EventStore } from '@holdfast/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EVENT_STORE } from '../api-dependencies.js';
import { commaList } from '../http/queries.js';
import { malformed } from '../problems/problem.js';
import { EventFeed } from './event-feed.js';
import { eventStream } from './event-stream.js';

const eventsQuery = z.strictObject({
  stream: z.string().max(300).optional().meta({ description: 'One stream, or a beginning with `*` at the end.' }),
  types: commaList.optional().meta({ description: 'Types of facts, separated by commas.' }),
  after: z.string().max(200).optional().meta({ description: 'Begins after this position; with the next fact when absent. Last-Event-ID comes first.' }),
});

/** A client that reads more slowly holds the reading back, not the memory. */
const BUFFER_BYTES = 64 * 1024;

@ApiTags('facts')
@Controller('v1/events')
export class EventsController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(EventFeed) private readonly feed: EventFeed,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Follows facts as server-sent events: `id` is the position, `event` the type, `data` the fact. A heartbeat each 15 s.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Goes on after this position.' })
  @ApiProduces('text/event-stream')
  @ApiResponse({ status: 200, description: 'The stream.', schema: { type: 'string' } })
  async follow(
    @Query({ schema: eventsQuery }) query: z.infer<typeof eventsQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = lastEventId === undefined ? await this.checked('after', query.after) : await this.checked('Last-Event-ID', lastEventId);
    const gone = new AbortController();
    request.raw.socket.once('close', () => gone.abort());
    reply.raw.once('close', () => gone.abort());
    const events = eventStream(this.store, this.feed, { after, stream: query.stream, types: query.types }, {
      signal: gone.signal,
      stillAllowed: () => request.stillAllowed?.() ?? Promise.resolve(false),
    });
    await reply
      .type('text/event-stream; charset=utf-8')
      // Proxies must hand on each event at once.
      .headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' })
      .send(Readable.from(events, { objectMode: false, highWaterMark: BUFFER_BYTES }));
  }

  /** The position given, or the newest; positions are opaque, so only the store can tell that one is none. */
  private async checked(field: string, position: string | undefined): Promise<string> {
    if (position === undefined) return this.store.head();
    try {
      await this.store.readAll({ after: position, limit: 1 });
      return position;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw malformed([{ field, code: 'wrong-format', detail: 'It is not a position.' }]);
    }
  }
}
