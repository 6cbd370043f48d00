import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { notFound } from '../problems/problem.js';
import { viewCluster, type ClusterView } from '../views/cluster.view.js';
import { historyAt, type ExistingHistory } from './cluster-history.js';
import { ClusterLocator } from './cluster-locator.js';

/** One cluster as its facts say, now or at an instant. */
export class GetClusterQuery extends Query<ClusterView> {
  constructor(
    readonly cluster: string,
    readonly at?: Date,
  ) {
    super();
  }
}

@QueryHandler(GetClusterQuery)
export class GetClusterHandler implements IQueryHandler<GetClusterQuery> {
  constructor(@Inject(ClusterLocator) private readonly locator: ClusterLocator) {}

  async execute({ cluster, at }: GetClusterQuery): Promise<ClusterView> {
    if (at === undefined) return viewCluster(await findOr404(this.locator, cluster));
    const history = await this.locator.findAt(cluster, at);
    const then = history === undefined ? undefined : historyAt(history, at);
    if (then === undefined) throw notFound('unknown-cluster', `There was no cluster ${cluster} at ${at.toISOString()}.`);
    return viewCluster(then);
  }
}

/** Throws 404. */
export const findOr404 = async (locator: ClusterLocator, idOrName: string): Promise<ExistingHistory> => {
  const history = await locator.find(idOrName);
  if (history === undefined) throw notFound('unknown-cluster', `There is no cluster ${idOrName}.`);
  return history;
};
