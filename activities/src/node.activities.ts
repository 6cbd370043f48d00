import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import type { EngineActivities, StepContext } from '@holdfast/workflows/contracts';
import { Refused } from './lib/refused.js';
import { multiPrimaryFor, shardedFor } from './lib/registries.js';
import { engineNode, hasServed, isGone, memberOf, type OpenCluster, type Workbench } from './lib/workbench.js';

/** A stop in good order writes all that is in memory; meanwhile nobody waits for the node. */
const STOP_TIMEOUT_MS = 120_000;

/** One server: installed, started, stopped. */
export class NodeActivities implements Pick<EngineActivities, 'installEngine' | 'startPrimary' | 'stopNode' | 'startNode'> {
  constructor(private readonly bench: Workbench) {}

  async installEngine(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    await nodeDriver(this.bench, open).install(await engineNode(open, nodeId));
    await this.bench.ledger.record(context, [{ type: 'NodeConfigured', data: { clusterId: context.clusterId, nodeId } }]);
  }

  async startPrimary(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    await open.engine.startAsPrimary(await engineNode(open, nodeId), await this.bench.credentials(context));
    await this.bench.ledger.record(context, [{ type: 'PrimaryStarted', data: { clusterId: context.clusterId, nodeId } }]);
  }

  /** A node that never served has nothing to stop, and one whose machine is gone neither. */
  async stopNode(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    if (!hasServed(memberOf(open.cluster, nodeId)) || (await isGone(open.provider, nodeId))) return;
    await nodeDriver(this.bench, open).stop(await engineNode(open, nodeId), await this.bench.credentials(context), STOP_TIMEOUT_MS);
  }

  async startNode(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    if (!hasServed(memberOf(open.cluster, nodeId))) return;
    await nodeDriver(this.bench, open).start(await engineNode(open, nodeId), await this.bench.credentials(context));
  }
}

/** What every engine can do with one node, whatever the mode. */
interface NodeDriver {
  install(node: EngineNode): Promise<void>;
  stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void>;
  start(node: EngineNode, credentials: EngineCredentials): Promise<void>;
}

const nodeDriver = ({ drivers }: Workbench, { cluster, engine }: OpenCluster): NodeDriver => {
  switch (cluster.mode) {
    case 'multi-primary': {
      const group = multiPrimaryFor(drivers, cluster.engine);
      return {
        install: (node) => group.install(node),
        stop: (...stop) => group.stop(...stop),
        // A member alone could begin a second group.
        start: () => Promise.reject(new Refused({ code: 'started-as-group', detail: 'The members of a group are started together.' })),
      };
    }
    case 'sharded':
      return shardedFor(drivers, cluster.engine);
    default:
      return { install: (node) => engine.install(node), stop: (...stop) => engine.stopCleanly(...stop), start: (...start) => engine.start(...start) };
  }
};
