import type { MultiPrimaryEngine } from '@holdfast/domain';
import type { StepContext } from '@holdfast/workflows/contracts';
import { multiPrimaryFor } from './registries.js';
import type { OpenCluster, Workbench } from './workbench.js';

/** Members see a change of the group within their failure detectors' periods, 5 s in the defaults of Galera and Group Replication; this is six of them. */
export const VERIFY_LIMITS = { timeoutMs: 30_000, intervalMs: 250 };

/** A cluster whose nodes all take writes, with the driver of its group. */
export interface OpenGroup {
  readonly open: OpenCluster;
  readonly driver: MultiPrimaryEngine;
  readonly credentials: Awaited<ReturnType<Workbench['credentials']>>;
}

export const groupOf = async (bench: Workbench, context: StepContext): Promise<OpenGroup> => {
  const open = await bench.open(context);
  return { open, driver: multiPrimaryFor(bench.drivers, open.cluster.engine), credentials: await bench.credentials(context) };
};
