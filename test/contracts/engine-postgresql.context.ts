import type { EngineNode } from '@holdfast/domain';
import { connectTo, POSTGRESQL_CREDENTIALS } from './engine-postgresql.harness.js';
import type { EngineHarness, TestCluster } from './engine.harness.js';

export const TEST_TIMEOUT_MS = 300_000;
export const SERVICE = 'postgresql';
/** A single node and, from the tests of growth on, one replica of it. */
export interface Context {
  harness: EngineHarness;
  cluster: TestCluster;
  replica: EngineNode;
}

/** First column of each row. */
export const ask = async (node: EngineNode, sql: string, login: Parameters<typeof connectTo>[1] = POSTGRESQL_CREDENTIALS.superuser): Promise<string[]> => {
  const client = await connectTo(node, login);
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.map((row) => String(row[0]));
  } finally {
    await client.end();
  }
};
