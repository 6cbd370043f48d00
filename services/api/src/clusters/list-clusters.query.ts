import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { READ_MODELS } from '../api-dependencies.js';
import { waitFor } from '../facts/wait-for-position.js';
import { pageOf } from '../http/queries.js';
import { malformed } from '../problems/problem.js';
import type { Page, ReadModels } from '../read-models.port.js';
import type { ClusterRow } from '../views/rows.view.js';

export interface ClusterFilter {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly minPosition?: string | undefined;
  readonly status?: string | undefined;
  readonly deleted?: boolean | undefined;
}

export class ListClustersQuery extends Query<Page<ClusterRow>> {
  constructor(readonly filter: ClusterFilter) {
    super();
  }
}

@QueryHandler(ListClustersQuery)
export class ListClustersHandler implements IQueryHandler<ListClustersQuery> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ filter }: ListClustersQuery): Promise<Page<ClusterRow>> {
    await waitFor(this.readModels, filter.minPosition);
    try {
      return await this.readModels.clusters({ ...pageOf(filter), status: filter.status, deleted: filter.deleted ?? filter.status === 'deleted' });
    } catch (error) {
      // Cursors are opaque: only the read model can tell that one is none of its own.
      if (filter.cursor === undefined || !(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      throw malformed([{ field: 'cursor', code: 'wrong-format', detail: 'It is not a cursor of this list.' }]);
    }
  }
}
