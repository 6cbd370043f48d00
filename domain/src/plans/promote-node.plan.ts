import { servingPrimaryOf, replicasOf, type ClusterNode, type ExistingCluster } from '../cluster/cluster.state.js';
import type { OperationPlan } from '../operation/operation-plan.js';
import { subjectsOf } from './subjects.js';
import { minutes, ONLY_FORWARD, READ_ONLY, seconds, StepList } from './plan-step.js';

/** A replica further behind than this must not be promoted: catching up would keep clients waiting. */
export const PROMOTION_LAG_BYTES_MAX = 16 * 1024 * 1024;

/** What a switchover of an idle local cluster takes; `./holdfast bench promote` measures it. */
const EXPECTED_WRITE_PAUSE_MS = 300;

interface Names {
  /** The primary until now. */
  readonly old: string;
  /** The candidate. */
  readonly name: string;
  readonly others: readonly string[];
}

/** The plan of a switchover: the primary stops in good order before the candidate takes over. */
export const planPromoteNode = (cluster: ExistingCluster, candidate: ClusterNode): OperationPlan => {
  const old = servingPrimaryOf(cluster).name;
  const name = candidate.name;
  const others = replicasOf(cluster).filter((node) => node.id !== candidate.id).map((node) => node.name);
  const steps = new StepList('possible');
  takeOver(steps, { old, name, others });
  settle(steps.pointOfNoReturn(), { old, name, others });
  return {
    kind: 'promote-node',
    steps: steps.steps,
    subjects: subjectsOf(cluster.nodes, (node) => node.id === candidate.id),
    nodesTouched: [name, old, ...others],
    expectedWritePauseMs: EXPECTED_WRITE_PAUSE_MS,
    dataAtRisk: 'Nothing: the old primary stops in good order, and the new one starts only with all its log.',
    costChange: { perHourMicroUsd: 0, perMonthMicroUsd: 0 },
    warnings: [`Connections to ${old} are closed; clients reconnect through the read-write address.`],
    undo: `Promote ${old} again.`,
  };
};

/** Until the candidate is primary no client has reached it, and everything is taken back when it does not go on in time. */
const takeOver = (steps: StepList, { old, name }: Names): void => {
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
    .step('checkpoint', {
      title: `Write a checkpoint on ${old} and ${name}, so that the stop is short.`,
      nodes: [old, name],
      deadlineMs: minutes(5),
      whenOverdue: 'undo',
      undo: { none: 'A checkpoint changes nothing that clients see.' },
    })
    .step('stop-primary', {
      title: `Stop ${old} in good order; it hands all its log to the replicas.`,
      nodes: [old],
      deadlineMs: seconds(30),
      whenOverdue: 'undo',
      undo: { how: `Start ${old} again as the primary.` },
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
      undo: { how: `Stop ${name} if it left recovery; no client has reached it.` },
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
      title: `Start ${old} as a replica of ${name}.`,
      nodes: [old, name],
      deadlineMs: minutes(30),
      undo: ONLY_FORWARD,
    })
    .step('verify', { title: 'Ask every server for its role and replication.', nodes: [name, old, ...others], deadlineMs: minutes(5), undo: ONLY_FORWARD })
    .step('publish', { title: `Open the read-only address to ${old}.`, nodes: [old], deadlineMs: seconds(30), undo: ONLY_FORWARD });
};
