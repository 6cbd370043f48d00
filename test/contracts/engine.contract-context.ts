import type { EngineNode } from '@holdfast/domain';
import { holdsSoon } from '../support/holds-soon.js';
import type { EngineHarness, TestCluster } from './engine.harness.js';

/** Long enough for a busy machine; a test that needs it all is broken. */
export const TEST_TIMEOUT_MS = 300_000;
export interface Context {
  harness: EngineHarness;
  cluster: TestCluster;
}

/** The nodes, the primary first. */
export const allNodes = ({ cluster }: Context): EngineNode[] => [cluster.primary, ...cluster.replicas];

/** Who streams from a node, by the node's own word. */
export const replicaNamesOf = async ({ harness }: Context, node: EngineNode): Promise<string[]> => {
  const health = await harness.engine.health(node, harness.credentials);
  if (!health.reachable) throw new Error(health.problem);
  return health.replicas.filter((replica) => replica.streaming).map((replica) => replica.name);
};

export const names = (nodes: readonly EngineNode[]): string[] => nodes.map((node) => node.name).sort();

/** Exactly `primary` is writable, and each of the others streams from it. */
export const expectRoles = async (context: Context, primary: EngineNode, replicas: readonly EngineNode[]): Promise<void> => {
  const { engine, credentials } = context.harness;
  expect(await engine.health(primary, credentials)).toMatchObject({ reachable: true, role: 'primary' });
  // Who has just gone is listed until the server has seen that its connection is over.
  await holdsSoon(async () => expect((await replicaNamesOf(context, primary)).sort()).toEqual(names(replicas)));
  for (const replica of replicas) {
    await holdsSoon(async () => expect(await engine.health(replica, credentials)).toMatchObject({ reachable: true, role: 'replica', streaming: true }));
  }
};
