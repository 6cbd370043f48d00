import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { findNode } from '@holdfast/domain';
import { z } from 'zod';
import { ClusterDirectory } from '../facts/cluster-directory.js';
import { notFound } from '../problems/problem.js';
import { nodeView, viewNode } from '../views/cluster.view.js';
import { ClusterLocator } from './cluster-locator.js';

export const foundNode = nodeView.extend({ cluster: z.object({ id: z.string(), name: z.string() }) }).meta({ id: 'FoundNode' });
export type FoundNode = z.infer<typeof foundNode>;

/** A node by its id or name, of whichever cluster. */
export class GetNodeQuery extends Query<FoundNode> {
  constructor(readonly node: string) {
    super();
  }
}

@QueryHandler(GetNodeQuery)
export class GetNodeHandler implements IQueryHandler<GetNodeQuery> {
  constructor(
    @Inject(ClusterDirectory) private readonly directory: ClusterDirectory,
    @Inject(ClusterLocator) private readonly locator: ClusterLocator,
  ) {}

  async execute({ node }: GetNodeQuery): Promise<FoundNode> {
    const clusterId = await this.directory.clusterOfNode(node);
    const history = clusterId === undefined ? undefined : await this.locator.load(clusterId);
    const found = history === undefined ? undefined : findNode(history.cluster, node);
    if (history === undefined || found === undefined) throw notFound('unknown-node', `There is no node ${node}.`);
    return { ...viewNode(found), cluster: { id: history.clusterId, name: history.cluster.name } };
  }
}
