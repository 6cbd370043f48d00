import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { READ_MODELS } from '../api-dependencies.js';
import { waitFor } from '../facts/wait-for-position.js';
import { pageOf } from '../http/queries.js';
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
    return this.readModels.clusters({ ...pageOf(filter), status: filter.status, deleted: filter.deleted ?? filter.status === 'deleted' });
  }
}
