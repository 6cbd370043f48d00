import type { Position } from '@holdfast/domain';
import type { FactView } from './views/fact.view.js';
import type { ClusterRow, OperationRow } from './views/rows.view.js';

export interface Page<Row> {
  readonly items: readonly Row[];
  /** Opaque; absent on the last page. */
  readonly nextCursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** Tables made from facts: for lists and for finding things, never for deciding. */
export interface ReadModels {
  /** How far all of them have come. */
  position(): Promise<Position>;
  clusters(filter: PageRequest & { readonly status?: string; readonly deleted: boolean }): Promise<Page<ClusterRow>>;
  operations(filter: PageRequest & { readonly cluster?: string; readonly state?: string; readonly stuck?: boolean }): Promise<Page<OperationRow>>;
  audit(filter: PageRequest & { readonly cluster?: string; readonly actor?: string; readonly since?: Date; readonly types?: readonly string[] }): Promise<Page<FactView>>;
  /** Id of the cluster to which the operation belongs. */
  clusterOfOperation(operationId: string): Promise<string | undefined>;
  /** Id of the cluster to which the node belongs, by the node's id or name; the newest where a name was given twice. */
  clusterOfNode(idOrName: string): Promise<string | undefined>;
}
