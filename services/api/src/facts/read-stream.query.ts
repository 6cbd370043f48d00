import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { EventStore } from '@holdfast/domain';
import { EVENT_STORE } from '../api-dependencies.js';
import { pageOf } from '../http/queries.js';
import { malformed, notFound } from '../problems/problem.js';
import type { Page } from '../read-models.port.js';
import { viewFact, type FactView } from '../views/fact.view.js';

export interface StreamPage {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The facts of one stream from the event store itself, oldest first. The cursor is the version to go on with. */
export class ReadStreamQuery extends Query<Page<FactView>> {
  constructor(
    readonly stream: string,
    readonly page: StreamPage,
  ) {
    super();
  }
}

@QueryHandler(ReadStreamQuery)
export class ReadStreamHandler implements IQueryHandler<ReadStreamQuery> {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  async execute({ stream, page }: ReadStreamQuery): Promise<Page<FactView>> {
    const { limit, cursor } = pageOf(page);
    if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) throw malformed([{ field: 'cursor', code: 'wrong-format', detail: 'It is not a cursor of this list.' }]);
    // One more than asked for tells whether there is a next page.
    const facts = await this.store.readStream(stream, { fromVersion: Number(cursor ?? 0), limit: limit + 1 });
    if (facts.length === 0 && cursor === undefined) throw notFound('unknown-stream', `There is no stream ${stream}. Streams: cluster-ID, operation-ID.`);
    const next = facts[limit];
    return { items: facts.slice(0, limit).map(viewFact), ...(next === undefined ? {} : { nextCursor: String(next.version) }) };
  }
}
