import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { EventStore } from '@holdfast/domain';
import { HostLedger } from '@holdfast/infra/hosts';
import { EVENT_STORE } from '../api-dependencies.js';
import { viewHost, type HostView } from './host.view.js';

export class ListHostsQuery extends Query<readonly HostView[]> {}

/** From the facts themselves: hosts are few, and so the list is never behind. */
@QueryHandler(ListHostsQuery)
export class ListHostsHandler implements IQueryHandler<ListHostsQuery> {
  private readonly ledger: HostLedger;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.ledger = new HostLedger(store);
  }

  async execute(): Promise<readonly HostView[]> {
    const histories = await Promise.all((await this.ledger.ids()).map((id) => this.ledger.load(id)));
    return histories.flatMap(({ host }) => (host.status === 'registered' ? [viewHost(host)] : []));
  }
}
