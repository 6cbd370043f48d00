import type { PoolClient } from 'pg';
import type { RecordedFact } from '@holdfast/domain';
import type { ReadModelName } from '@holdfast/infra/read-models';

/** One read model: how facts change its tables. Runs in the transaction that also moves its checkpoint. */
export interface Projection {
  readonly name: ReadModelName;
  /**
   * Applies the facts in their order, with a few statements however many they are: a transaction that is open long keeps newer
   * facts from every reader. `schema` holds the tables: the live ones, or those of a rebuild. Throws when one cannot be applied.
   */
  apply(client: PoolClient, schema: string, facts: readonly RecordedFact[]): Promise<void>;
}
