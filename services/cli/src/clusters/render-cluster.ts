import type { ClusterView, NodeView } from '../client/views.js';
import type { CliContext } from '../context.js';
import { escapeLine } from '../output/escape.js';
import { renderTable, type Column } from '../output/table.js';

const TONES = { running: 'green', deploying: 'yellow', changing: 'yellow', deleting: 'yellow', deleted: 'dim' } as const;

export const paintClusterStatus = (context: CliContext, status: string, text = status): string => {
  const tone = TONES[status as keyof typeof TONES] as (typeof TONES)[keyof typeof TONES] | undefined;
  return tone === undefined ? text : context.paint(tone, text);
};

/** Such as `shard-primary 2, 5461 slots`. */
const roleOf = ({ role, shard, slots }: NodeView): string => `${role}${shard === undefined ? '' : ` ${shard}`}${slots === undefined ? '' : `, ${slots} slots`}`;

export const nodeColumns: readonly Column<NodeView>[] = [
  { header: 'node', cell: (node) => node.name },
  { header: 'role', cell: (node) => roleOf(node) },
  { header: 'status', cell: (node) => node.status },
  { header: 'address', cell: (node) => (node.address === undefined ? undefined : `${node.address}:${node.port}`) },
  { header: 'plan', cell: (node) => node.plan },
  { header: 'id', cell: (node) => node.id },
];

const addressLines = (endpoint: ClusterView['endpoint']): string[] => [
  `Read-write    ${endpoint === undefined ? '-' : `${endpoint.address}:${endpoint.readWritePort} → ${endpoint.readWriteNode ?? 'nobody'}`}`,
  `Read-only     ${endpoint === undefined ? '-' : `${endpoint.address}:${endpoint.readOnlyPort} → ${endpoint.readOnlyNodes.join(', ') || 'nobody'}`}`,
];

/** Summary, endpoints, running operation, nodes. */
export const renderCluster = (cluster: ClusterView, context: CliContext, at: string | undefined): string => {
  const { endpoint, operation } = cluster;
  const lines = [
    ...(at === undefined ? [] : [`As it was at ${at}`]),
    `Cluster       ${cluster.name} (${cluster.id})`,
    `Engine        ${cluster.engine} ${cluster.version}, ${cluster.mode}, ${cluster.replication}`,
    `Machines      ${cluster.provider}/${cluster.region}, ${cluster.plan}`,
    ...(cluster.seeds === undefined ? addressLines(endpoint) : [`Seeds         ${cluster.seeds.join(', ') || '-'}`]),
    `Protection    ${cluster.terminationProtection ? 'on: it cannot be deleted' : 'off'}`,
    `Operation     ${operation === undefined ? 'none' : `${operation.kind} (${operation.id})`}`,
  ].map(escapeLine);
  const nodes = renderTable(cluster.nodes, nodeColumns, { terminal: context.atTerminal, headers: context.options.headers !== false });
  return `${lines.join('\n')}\nStatus        ${paintClusterStatus(context, cluster.status)}\n\n${nodes}`;
};
