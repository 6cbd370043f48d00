import type { CliContext } from '../context.js';
import { exitCodeOf } from '../client/follow-operation.js';
import type { HoldfastApi } from '../client/holdfast-api.js';
import { stepTeller, watchOperation } from '../client/operation-command.js';
import type { AcceptedOperation, ClusterView, NodeView } from '../client/views.js';
import { EXIT } from '../exit-codes.js';
import { showDuration } from '../output/amounts.js';
import { CliFailure } from '../problem.js';

export const DEMO_CLUSTER = 'demo';
const NODES = 3;
/** A demo that is run again and again does not grow for ever. */
const NODES_MAX = 5;

/** The demo's cluster, deployed unless it is there from an earlier run; whatever still runs on it is waited for. */
export const ensureDemoCluster = async (context: CliContext, api: HoldfastApi): Promise<ClusterView> => {
  const found = await findCluster(api);
  if (found?.operation !== undefined) await finish(context, api, found.operation.id);
  const settled = found?.operation === undefined ? found : await findCluster(api);
  if (settled !== undefined && settled.status !== 'deleted') {
    context.say(`Cluster ${DEMO_CLUSTER} is there from an earlier run.`);
    return settled;
  }
  const body = { name: DEMO_CLUSTER, engine: 'postgresql', nodes: NODES, reason: 'demo' };
  await run(context, api, await api.answer(api.http.POST('/v1/clusters', { body })));
  return showCluster(api, DEMO_CLUSTER);
};

/** Adds a replica, and answers its name. A cluster that has many gives one back first. */
export const growDemoCluster = async (context: CliContext, api: HoldfastApi, cluster: string): Promise<string> => {
  const before = await showCluster(api, cluster);
  const last = replicasOf(before).at(-1);
  if (before.nodes.length >= NODES_MAX && last !== undefined) {
    const path = { cluster, node: last.id };
    await run(context, api, await api.answer(api.http.DELETE('/v1/clusters/{cluster}/nodes/{node}', { params: { path }, body: { confirm: last.name, reason: 'demo' } })));
  }
  await run(context, api, await api.answer(api.http.POST('/v1/clusters/{cluster}/nodes', { params: { path: { cluster } }, body: { reason: 'demo' } })));
  const after = await showCluster(api, cluster);
  return after.nodes.find((node) => !before.nodes.some(({ id }) => id === node.id))?.name ?? 'a node';
};

/** Promotes the first replica, and answers its name. */
export const promoteReplica = async (context: CliContext, api: HoldfastApi, cluster: string): Promise<string> => {
  const [candidate] = replicasOf(await showCluster(api, cluster));
  if (candidate === undefined) throw new CliFailure(EXIT.failed, { title: 'No replica', code: 'no-replica', detail: `Cluster ${DEMO_CLUSTER} has no replica that could be promoted.` });
  const path = { cluster, node: candidate.id };
  await run(context, api, await api.answer(api.http.POST('/v1/clusters/{cluster}/nodes/{node}/promote', { params: { path }, body: { confirm: candidate.name, reason: 'demo' } })));
  return candidate.name;
};

const replicasOf = (cluster: ClusterView): readonly NodeView[] => cluster.nodes.filter((node) => node.role === 'replica' && node.status === 'active');

const showCluster = (api: HoldfastApi, cluster: string): Promise<ClusterView> => api.answer(api.http.GET('/v1/clusters/{cluster}', { params: { path: { cluster } } }));

const findCluster = async (api: HoldfastApi): Promise<ClusterView | undefined> => {
  try {
    return await showCluster(api, DEMO_CLUSTER);
  } catch (problem) {
    if (problem instanceof CliFailure && problem.problem.status === 404) return undefined;
    throw problem;
  }
};

const run = async (context: CliContext, api: HoldfastApi, { operation }: AcceptedOperation): Promise<void> => {
  context.say(`${operation.kind}: ${operation.id}`);
  await finish(context, api, operation.id);
};

/** Waits for the operation with its steps told; whatever is no success ends the demo. */
const finish = async (context: CliContext, api: HoldfastApi, operationId: string): Promise<void> => {
  const operation = await watchOperation(context, api, operationId, stepTeller(context));
  if (operation.state === 'succeeded') {
    context.say(`${operation.kind} succeeded in ${showDuration(operation.durationMs ?? 0)}`);
    return;
  }
  const why = operation.stuck?.problem.message ?? operation.problem?.message ?? operation.cause ?? '';
  throw new CliFailure(
    exitCodeOf(operation),
    { title: 'The demo cannot go on', code: 'demo-failed', detail: `${operation.kind} is ${operation.state}. ${why}`.trim(), operationId },
    `See: ./holdfast operations show ${operationId}`,
  );
};
