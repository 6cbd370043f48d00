import type { EngineTraits } from '../catalogue/engine-traits.js';
import { traitsOf } from '../catalogue/engines.js';
import { servingPrimaryOf, replicasOf, type ClusterNode, type ExistingCluster } from '../cluster/cluster.state.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { subjectsOf } from './subjects.js';
import { minutes, ONLY_FORWARD, READ_ONLY, seconds, StepList } from './plan-step.js';

/** A replica further behind than this must not be promoted: catching up would keep clients waiting. */
export const PROMOTION_LAG_BYTES_MAX = 16 * 1024 * 1024;

interface Names {
  readonly traits: EngineTraits;
  /** The primary until now. */
  readonly old: string;
  /** The candidate. */
  readonly name: string;
  readonly others: readonly string[];
}

/** The plan of a switchover: the primary accepts no more writes before the candidate takes over. */
export const planPromoteNode = (cluster: ExistingCluster, candidate: ClusterNode): OperationPlan => {
  const traits = traitsOf(cluster.engine);
  const old = servingPrimaryOf(cluster).name;
  const name = candidate.name;
  const others = replicasOf(cluster).filter((node) => node.id !== candidate.id).map((node) => node.name);
  const steps = new StepList('possible');
  takeOver(steps, { traits, old, name, others });
  settle(steps.pointOfNoReturn(), { traits, old, name, others });
  return {
    kind: 'promote-node',
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (node) => node.id === candidate.id),
    nodesTouched: [name, old, ...others],
    expectedWritePauseMs: traits.switchoverPauseMs,
    dataAtRisk: 'Nothing: the old primary accepts no more writes, and the new one begins only with all that it wrote.',
    costChange: { perHourMicroUsd: 0, perMonthMicroUsd: 0 },
    warnings: [`Connections to ${old} are closed; clients reconnect through the read-write address.`],
    undo: `Promote ${old} again.`,
  };
};

const FENCING_TITLES: Readonly<Record<EngineTraits['fencing'], (old: string) => string>> = {
  stop: (old) => `Stop ${old} in good order; it hands all its log to the replicas.`,
  'read-only': (old) => `Let ${old} refuse writes; it hands all that it wrote to the replicas.`,
};

/** Until the candidate is primary no client has reached it, and everything is taken back when it does not go on in time. */
const takeOver = (steps: StepList, { traits, old, name }: Names): void => {
  steps
    .step('preflight', {
      title: `Check that ${name} streams from ${old}, is at most ${PROMOTION_LAG_BYTES_MAX / 1024 / 1024} MiB behind, and has free disk.`,
      nodes: [old, name],
      deadlineMs: seconds(30),
      whenOverdue: 'undo',
      undo: READ_ONLY,
    })
    .step('reserve-replicas', {
      title: `Prepare ${name} to feed the other nodes.`,
      nodes: [name],
      deadlineMs: seconds(30),
      whenOverdue: 'undo',
      undo: { how: `Let ${name} follow ${old} as before, and give back the replication slots on it.` },
    })
    .step('prepare-switchover', {
      title: `Prepare ${old} and ${name}, so that the write pause is short.`,
      nodes: [old, name],
      deadlineMs: minutes(5),
      whenOverdue: 'undo',
      undo: { none: 'It changes nothing that clients see.' },
    })
    .step('fence-primary', {
      title: FENCING_TITLES[traits.fencing](old),
      nodes: [old],
      deadlineMs: seconds(30),
      whenOverdue: 'undo',
      undo: { how: `Let ${old} serve again as the primary.` },
      writes: 'paused',
    })
    .step('wait-for-log', {
      title: `Compare log positions: ${name} must have everything that ${old} wrote.`,
      nodes: [old, name],
      deadlineMs: seconds(15),
      whenOverdue: 'undo',
      undo: READ_ONLY,
      writes: 'paused',
    })
    .step('promote', {
      title: `Make ${name} the primary.`,
      nodes: [name],
      deadlineMs: seconds(30),
      whenOverdue: 'undo',
      undo: { how: `Stop ${name} if it has become a primary; no client has reached it.` },
      writes: 'paused',
    });
};

/** From here clients are led to the new primary: only forward. */
const settle = (steps: StepList, { old, name, others }: Names): void => {
  steps.step('switch-endpoint', { title: `Lead the read-write address to ${name}.`, nodes: [name], deadlineMs: seconds(30), undo: ONLY_FORWARD, writes: 'paused' });
  if (others.length > 0) {
    steps.step('repoint-replicas', { title: `Let ${others.join(', ')} follow ${name}.`, nodes: [name, ...others], deadlineMs: minutes(5), undo: ONLY_FORWARD });
  }
  steps
    .step('rejoin-old-primary', {
      title: `Make ${old} a replica of ${name}.`,
      nodes: [old, name],
      deadlineMs: minutes(30),
      undo: ONLY_FORWARD,
    })
    .step('verify', { title: 'Ask every server for its role and replication.', nodes: [name, old, ...others], deadlineMs: minutes(5), undo: ONLY_FORWARD })
    .step('publish', { title: `Open the read-only address to ${old}.`, nodes: [old], deadlineMs: seconds(30), undo: ONLY_FORWARD });
};
