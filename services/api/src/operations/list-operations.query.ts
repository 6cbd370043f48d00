import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { READ_MODELS } from '../api-dependencies.js';
import { waitFor } from '../facts/wait-for-position.js';
import { pageOf } from '../http/queries.js';
import type { Page, ReadModels } from '../read-models.port.js';
import type { OperationRow } from '../views/rows.view.js';

export interface OperationFilter {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly minPosition?: string | undefined;
  /** Id or name. */
  readonly cluster?: string | undefined;
  readonly state?: string | undefined;
  readonly stuck?: boolean | undefined;
}

export class ListOperationsQuery extends Query<Page<OperationRow>> {
  constructor(readonly filter: OperationFilter) {
    super();
  }
}

@QueryHandler(ListOperationsQuery)
export class ListOperationsHandler implements IQueryHandler<ListOperationsQuery> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ filter }: ListOperationsQuery): Promise<Page<OperationRow>> {
    await waitFor(this.readModels, filter.minPosition);
    return this.readModels.operations({ ...pageOf(filter), cluster: filter.cluster, state: filter.state, stuck: filter.stuck });
  }
}
