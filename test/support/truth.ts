import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Client } from 'pg';
import {
  clusterStream,
  foldCluster,
  LOGINS,
  operationStream,
  primaryOf,
  replicasOf,
  secretReference,
  type ClusterEvent,
  type ClusterNode,
  type ExistingCluster,
} from '@holdfast/domain';
import { eventually } from './api-client.js';
import { askerOf, type ServerSays, type ServerTarget } from './servers/index.js';
import { onServer } from './servers/postgresql-asker.js';
import type { TestStack } from './test-stack.js';

export { writeThroughEndpoint } from './write-through-endpoint.js';

/** The cluster as its facts say, read from the store itself. */
export const readCluster = async (stack: TestStack, nameOrId: string): Promise<ExistingCluster> => {
  const { body } = await stack.api.get(`/clusters/${nameOrId}`);
  return readClusterById(stack, String(body['id']));
};

export const readClusterById = async (stack: TestStack, clusterId: string): Promise<ExistingCluster> => {
  const facts = await stack.store.readStream(clusterStream(clusterId));
  const cluster = foldCluster(facts as unknown as ClusterEvent[]);
  if (cluster.status === 'absent') throw new Error(`There is no cluster ${clusterId}.`);
  return cluster;
};

/** Resolves as soon as the journal says that the step has begun. */
export const stepStarted = async (stack: TestStack, operationId: string, step: string, limitMs: number): Promise<void> => {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    const facts = await stack.store.readStream(operationStream(operationId));
    if (facts.some((fact) => fact.type === 'StepStarted' && 'step' in fact.data && fact.data.step === step)) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${operationId} did not begin ${step} within ${limitMs} ms.`);
};

/** A node of a cluster, as those who ask its server need it. */
export const targetOf = async (stack: TestStack, cluster: ExistingCluster, node: ClusterNode): Promise<ServerTarget> => ({
  node,
  members: cluster.nodes,
  superuser: { ...LOGINS.superuser, password: await stack.secrets.get(secretReference(cluster.id, 'superuser')) },
});

/** A session as superuser on one node of PostgreSQL. */
export const onNode = async <T>(stack: TestStack, cluster: ExistingCluster, node: ClusterNode, work: (client: Client) => Promise<T>): Promise<T> =>
  onServer(await targetOf(stack, cluster, node), work);

export type ServerTruth = ServerSays & { readonly name: string };

/** What every server of the cluster says, in the order of its nodes. */
export const askServers = (stack: TestStack, cluster: ExistingCluster): Promise<ServerTruth[]> =>
  Promise.all(cluster.nodes.map(async (node) => ({ name: node.name, ...(await askerOf(cluster.engine).ask(await targetOf(stack, cluster, node))) })));

/** One primary, all others stream from it, as the facts say; nothing is kept for nobody; both addresses lead where they should. */
export const serversSayWhatFactsSay = async (stack: TestStack, name: string): Promise<void> => {
  const cluster = await readCluster(stack, name);
  const primary = primaryOf(cluster);
  const replicas = replicasOf(cluster).map((node) => node.name).sort();
  expect(cluster.nodes.map((node) => node.status)).toEqual(cluster.nodes.map(() => 'active'));
  const expected = cluster.nodes.map((node) => ({
    name: node.name,
    role: node.role,
    feeds: node.id === primary?.id ? replicas : [],
    keptForNobody: [],
  }));
  let last: ServerTruth[] = [];
  await eventually('servers are as the facts say', 60_000, async () => {
    last = await askServers(stack, cluster);
    return JSON.stringify(last) === JSON.stringify(expected) ? true : undefined;
  }).catch(() => undefined); // The comparison below shows the difference.
  expect(last).toEqual(expected);
  await addressesLeadRight(stack, cluster);
};

const addressesLeadRight = async (stack: TestStack, cluster: ExistingCluster): Promise<void> => {
  const { body } = await stack.api.get(`/clusters/${cluster.id}/credentials`);
  const { roleBehind } = askerOf(cluster.engine);
  // The first answer counts: writers are never led to a replica, whatever a busy computer makes of one connection.
  expect(await eventually('the read-write address answers', 60_000, () => roleBehind(String(body['readWrite']?.['url'])))).toBe('primary');
  const expected = replicasOf(cluster).length > 0 ? 'replica' : 'primary';
  await eventually('the read-only address answers', 60_000, async () => (await roleBehind(String(body['readOnly']?.['url']))) === expected || undefined);
};

/** Processes and directories that carry the id of a cluster, or of a node, whose own begins with its cluster's. */
export const leftovers = async (stack: TestStack, id: string): Promise<{ processes: string[]; directories: string[] }> => {
  await Promise.resolve();
  return { processes: processesNaming(id), directories: filesNaming(stack.configuration.machinesDirectory, id) };
};

/** By arguments or by working directory: some servers put a title of their own in place of their arguments. */
const processesNaming = (text: string): string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      const line = `${pid} ${unlessEnded(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')}`;
      return line.includes(text) || unlessEnded(() => readlinkSync(`/proc/${pid}/cwd`)).includes(text) ? [line] : [];
    });

const unlessEnded = (read: () => string): string => {
  try {
    return read();
  } catch {
    return ''; // Or it is somebody else's, and so not ours.
  }
};

const filesNaming = (folder: string, text: string): string[] => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.includes(text)) return [path];
    return entry.isDirectory() ? filesNaming(path, text) : [];
  });
};
