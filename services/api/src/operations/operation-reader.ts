import { Inject, Injectable } from '@nestjs/common';
import type { EventStore } from '@holdfast/domain';
import { EVENT_STORE } from '../api-dependencies.js';
import { ClusterLocator } from '../clusters/cluster-locator.js';
import { ClusterDirectory } from '../facts/cluster-directory.js';
import { notFound } from '../problems/problem.js';
import { readOperation, type OperationHistory } from './operation-history.js';

/** Reads an operation from the facts, by its id alone. */
@Injectable()
export class OperationReader {
  constructor(
    @Inject(ClusterDirectory) private readonly directory: ClusterDirectory,
    @Inject(ClusterLocator) private readonly locator: ClusterLocator,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Throws 404. */
  async read(operationId: string): Promise<OperationHistory> {
    const clusterId = await this.directory.clusterOfOperation(operationId);
    const cluster = clusterId === undefined ? undefined : await this.locator.load(clusterId);
    const operation = cluster === undefined ? undefined : await readOperation(this.store, cluster, operationId);
    if (operation === undefined) throw notFound('unknown-operation', `There is no operation ${operationId}.`);
    return operation;
  }
}
