import type { PoolClient } from 'pg';
import type { RecordedFact } from '@holdfast/domain';
import type { ReadModelName } from '@holdfast/infra/read-models';

/** One read model: how a fact changes its tables. Runs in the transaction that also moves its checkpoint. */
export interface Projection {
  readonly name: ReadModelName;
  /** `schema` holds the tables: the live ones, or those of a rebuild. */
  apply(client: PoolClient, schema: string, fact: RecordedFact): Promise<void>;
}
