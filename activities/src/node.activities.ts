import type { ClusterNode } from '@holdfast/domain';
import type { EngineActivities, StepContext } from '@holdfast/workflows/contracts';
import { engineNode, isGone, memberOf, type Workbench } from './lib/workbench.js';

/** A stop in good order writes all that is in memory; meanwhile nobody waits for the node. */
const STOP_TIMEOUT_MS = 120_000;

/** One server: installed, started, stopped. */
export class NodeActivities implements Pick<EngineActivities, 'installEngine' | 'startPrimary' | 'stopNode' | 'startNode'> {
  constructor(private readonly bench: Workbench) {}

  async installEngine(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    await open.engine.install(await engineNode(open, nodeId));
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
    await open.engine.stopCleanly(await engineNode(open, nodeId), await this.bench.credentials(context), STOP_TIMEOUT_MS);
  }

  async startNode(context: StepContext, nodeId: string): Promise<void> {
    const open = await this.bench.open(context);
    if (!hasServed(memberOf(open.cluster, nodeId))) return;
    await open.engine.start(await engineNode(open, nodeId), await this.bench.credentials(context));
  }
}

const hasServed = ({ status }: ClusterNode): boolean => status === 'active' || status === 'fenced';
