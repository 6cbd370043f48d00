import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { READ_MODELS } from '../api-dependencies.js';
import { pageOf } from '../http/queries.js';
import type { Page, ReadModels } from '../read-models.port.js';
import type { FactView } from '../views/fact.view.js';
import { waitFor } from './wait-for-position.js';

export interface AuditFilter {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly minPosition?: string | undefined;
  /** Id or name. */
  readonly cluster?: string | undefined;
  readonly actor?: string | undefined;
  readonly since?: Date | undefined;
  readonly type?: readonly string[] | undefined;
}

export class ListAuditQuery extends Query<Page<FactView>> {
  constructor(readonly filter: AuditFilter) {
    super();
  }
}

@QueryHandler(ListAuditQuery)
export class ListAuditHandler implements IQueryHandler<ListAuditQuery> {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  async execute({ filter }: ListAuditQuery): Promise<Page<FactView>> {
    await waitFor(this.readModels, filter.minPosition);
    const { cluster, actor, since, type } = filter;
    return this.readModels.audit({ ...pageOf(filter), cluster, actor, since, types: type });
  }
}
