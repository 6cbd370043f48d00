import { NODE_ROLES, OPERATION_KINDS, seedsOf, statusWord, type ClusterNode, type ExistingCluster } from '@holdfast/domain';
import { z } from 'zod';
import type { ExistingHistory } from '../clusters/cluster-history.js';

export const nodeView = z
  .object({
    id: z.string(),
    name: z.string(),
    ordinal: z.int(),
    role: z.enum(NODE_ROLES),
    shard: z.int().optional().meta({ description: 'Number of its shard, from 1; only in a sharded cluster.' }),
    slots: z.int().optional().meta({ description: 'How many slots it served when they were last spread; only of a shard’s primary.' }),
    status: z.enum(['reserved', 'provisioned', 'configured', 'active', 'fenced']),
    plan: z.string(),
    address: z.string().optional(),
    port: z.int().optional(),
  })
  .meta({ id: 'Node' });
export type NodeView = z.infer<typeof nodeView>;

const endpointView = z
  .object({
    address: z.string(),
    readWritePort: z.int(),
    readOnlyPort: z.int(),
    readWriteNode: z.string().optional().meta({ description: 'Name of the node.' }),
    readOnlyNodes: z.array(z.string()),
  })
  .meta({ id: 'Endpoint' });

export const clusterView = z
  .object({
    id: z.string(),
    name: z.string(),
    generation: z.int().meta({ description: 'Counts the clusters that have borne this name.' }),
    status: z.enum(['deploying', 'running', 'changing', 'deleting', 'deleted']),
    engine: z.string(),
    version: z.string(),
    mode: z.enum(['single', 'primary-replica', 'multi-primary', 'sharded']),
    replication: z.enum(['async', 'sync']),
    provider: z.string(),
    region: z.string(),
    plan: z.string(),
    supportLevel: z.int(),
    terminationProtection: z.boolean(),
    nodes: z.array(nodeView),
    endpoint: endpointView.optional().meta({ description: 'Absent in a sharded cluster: see seeds.' }),
    seeds: z.array(z.string()).optional().meta({ description: 'Only of a sharded cluster: `host:port` of each node that serves, primaries first. A client begins with any of them.' }),
    operation: z.object({ id: z.string(), kind: z.enum(OPERATION_KINDS) }).optional().meta({ description: 'The one that runs now.' }),
    requestedAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
    position: z.string().meta({ description: 'Of the newest fact.' }),
  })
  .meta({ id: 'Cluster' });
export type ClusterView = z.infer<typeof clusterView>;

/** The cluster as its facts say. */
export const viewCluster = (history: ExistingHistory): ClusterView => {
  const { cluster } = history;
  return {
    id: cluster.id,
    name: cluster.name,
    generation: cluster.generation,
    status: statusWord(cluster),
    engine: cluster.engine,
    version: cluster.version,
    mode: cluster.mode,
    replication: cluster.replication,
    provider: cluster.provider,
    region: cluster.region,
    plan: cluster.plan,
    supportLevel: cluster.supportLevel,
    terminationProtection: cluster.terminationProtection,
    nodes: cluster.nodes.map(viewNode),
    ...endpointOf(cluster),
    ...(cluster.mode === 'sharded' ? { seeds: seedsOf(cluster).map(({ host, port }) => `${host}:${port}`) } : {}),
    ...(cluster.busyWith === undefined ? {} : { operation: { id: cluster.busyWith.operationId, kind: cluster.busyWith.kind } }),
    requestedAt: history.facts[0]?.at ?? '',
    changedAt: history.facts.at(-1)?.at ?? '',
    position: history.position,
  };
};

export const viewNode = (node: ClusterNode): NodeView => ({ ...node });

const endpointOf = (cluster: ExistingCluster): Pick<ClusterView, 'endpoint'> => {
  if (cluster.endpoint === undefined) return {};
  const { address, readWritePort, readOnlyPort, readWriteNodeId, readOnlyNodeIds } = cluster.endpoint;
  const nameOf = (id: string): string => cluster.nodes.find((node) => node.id === id)?.name ?? id;
  return {
    endpoint: {
      address,
      readWritePort,
      readOnlyPort,
      ...(readWriteNodeId === undefined ? {} : { readWriteNode: nameOf(readWriteNodeId) }),
      readOnlyNodes: readOnlyNodeIds.map(nameOf),
    },
  };
};
