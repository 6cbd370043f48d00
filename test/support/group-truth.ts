import { expect } from '@jest/globals';
import type { ClusterNode } from '@holdfast/domain';
import { eventually } from './api-client.js';
import { addressBehind, askMember, type MemberSays } from './servers/group-asker.js';
import type { TestStack } from './test-stack.js';
import { readCluster, targetOf } from './truth.js';

/** A server that was killed starts, looks how far it came and gets what it lacks: seconds, and many on a busy machine. */
const SEEN_MS = 90_000;

export const namesOf = (nodes: readonly ClusterNode[]): string[] => nodes.map((node) => node.name).sort();

/** Every member takes writes, sees exactly those that the facts know and would let nobody else in; writes are led to the first, readers to the others. */
export const membersSayWhatFactsSay = async (stack: TestStack, name: string): Promise<void> => {
  const cluster = await readCluster(stack, name);
  const expected = cluster.nodes.map((): MemberSays => ({ takesWrites: true, sees: namesOf(cluster.nodes), wronglyLetsIn: [], wronglyRefuses: [] }));
  let last: MemberSays[] = [];
  await eventually('members are as the facts say', SEEN_MS, async () => {
    last = await Promise.all(cluster.nodes.map(async (node) => askMember(cluster.engine, await targetOf(stack, cluster, node))));
    return JSON.stringify(last) === JSON.stringify(expected) ? true : undefined;
  }).catch(() => undefined); // The comparison below shows the difference.
  expect(last).toEqual(expected);
  const [first, ...others] = cluster.nodes;
  const { body } = await stack.api.get(`/clusters/${name}/credentials`);
  // A server that was away has its place again a few seconds after it is back.
  await eventually('writers are led to the first', SEEN_MS, async () => (await addressBehind(String(body['readWrite']?.['url']))) === first?.address || undefined);
  const isOther = (behind: string): true | undefined => others.some(({ address }) => address === behind) || undefined;
  await eventually('readers are led to the others', SEEN_MS, async () => isOther(await addressBehind(String(body['readOnly']?.['url']))));
};
