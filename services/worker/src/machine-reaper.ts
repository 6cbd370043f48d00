import {
  ABSENT_CLUSTER,
  CLUSTER_STREAM_PREFIX,
  evolveCluster,
  machineIdsOf,
  POSITION_START,
  type Cluster,
  type ClusterEvent,
  type Clock,
  type EventStore,
  type Provider,
} from '@holdfast/domain';
import { reap, type ReaperReport } from '@holdfast/infra/providers';
import type { Logger } from 'pino';
import { repeat } from './repeat.js';

const INTERVAL_MS = 5 * 60_000;
const PAGE = 1_000;

/** Looks now and then for machines that no fact knows; what it finds and does stands in the log. */
export class MachineReaper {
  constructor(
    private readonly store: EventStore,
    private readonly providers: readonly Provider[],
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await repeat({ name: 'Looking for machines that no fact knows', intervalMs: INTERVAL_MS, signal, logger: this.logger }, async () => {
      await this.reapAll();
    });
  }

  /** One look at each provider: one that does not answer keeps none of the others from theirs. */
  async reapAll(): Promise<void> {
    for (const provider of this.providers) {
      try {
        await this.reap(provider);
      } catch (error) {
        // Most installations have no Docker, and need none.
        if (await this.isUsed(provider)) this.logger.warn({ provider: provider.name, err: error }, 'Machines that no fact knows could not be looked for.');
      }
    }
  }

  private async isUsed({ name }: Provider): Promise<boolean> {
    return [...(await foldClusters(this.store)).values()].some((cluster) => cluster.status !== 'absent' && cluster.status !== 'deleted' && cluster.provider === name);
  }

  /** One look. */
  async reap(provider: Provider): Promise<ReaperReport> {
    const clusters = (): Promise<ReadonlyMap<string, Cluster>> => foldClusters(this.store);
    const report = await reap(provider, {
      knownMachineIds: async () => new Set([...(await clusters()).values()].flatMap(machineIdsOf)),
      // A machine is made only after its cluster stands in the facts. One of a cluster that they do not know means that facts are
      // missing, as after a restore of the event store: then nothing is removed.
      mayRemove: async () => {
        const known = await clusters();
        // One whose making has only begun names no cluster: it holds nothing, and tells nothing of the facts.
        return (await provider.list()).every((machine) => machine.clusterId === '' || known.has(machine.clusterId));
      },
      clock: this.clock,
    });
    this.tell(provider.name, report);
    return report;
  }

  private tell(provider: string, { failed, ...found }: ReaperReport): void {
    for (const [what, machines] of Object.entries(found)) {
      if (machines.length > 0) this.logger.warn({ provider, machines: machines.map((machine) => machine.machineId) }, SENTENCES[what as keyof typeof SENTENCES]);
    }
    for (const { machine, error } of failed) this.logger.warn({ provider, machine: machine.machineId, err: error }, 'A machine that no fact knows could not be dealt with.');
  }
}

const SENTENCES: Readonly<Record<Exclude<keyof ReaperReport, 'failed'>, string>> = {
  quarantined: 'Machines that no fact knows were stopped and set aside with their data.',
  removed: 'Machines that no fact knows were removed after their time in quarantine.',
  waiting: 'Machines that no fact knows are in quarantine.',
  wanted: 'Machines are in quarantine although facts know them: somebody must look.',
  tooMany: 'Suspiciously many machines are known to no fact: facts may be missing. They were left alone.',
};

const foldClusters = async (store: EventStore): Promise<Map<string, Cluster>> => {
  const clusters = new Map<string, Cluster>();
  let after = POSITION_START;
  for (;;) {
    const { facts, next } = await store.readAll({ after, limit: PAGE, streamPrefix: CLUSTER_STREAM_PREFIX });
    for (const { stream, type, data } of facts) {
      const id = stream.slice(CLUSTER_STREAM_PREFIX.length);
      clusters.set(id, evolveCluster(clusters.get(id) ?? ABSENT_CLUSTER, { type, data } as ClusterEvent));
    }
    if (next === after || facts.length === 0) return clusters;
    after = next;
  }
};
