import fc from 'fast-check';
import type { OperationKind } from '../operation/operation-kind.js';
import type { OperationRequest } from '../operation/operation-input.js';
import type { ClusterEvent } from './cluster.events.js';
import { ABSENT_CLUSTER, evolveCluster, foldCluster, primaryOf, statusWord, type Cluster, type ExistingCluster } from './cluster.state.js';
import { CLUSTER_ID, deployInput } from './cluster.test-support.js';
import { nextNodes } from './node-identity.js';
import { decideOperation, planOperation } from './operation.decide.js';
import { decideRecord } from './record.decide.js';
import { decideSettings } from './settings.decide.js';

/** One thing that somebody, or a workflow gone wrong, may ask for. `pick` chooses a node, `other` another. */
interface Attempt {
  readonly what: 'operation' | 'record' | 'settings';
  readonly operation: OperationKind;
  readonly event: ClusterEvent['type'];
  readonly operationId: string;
  readonly pick: number;
  readonly other: number;
  readonly flag: boolean;
  /** The one that holds the lock asks. */
  readonly asHolder: boolean;
}

const RECORDED: ClusterEvent['type'][] = [
  'NodeReserved', 'NodeReleased', 'NodeProvisioned', 'NodeConfigured', 'PrimaryStarted', 'ReplicaJoined', 'NodeAdded', 'NodeFenced', 'NodeUnfenced',
  'NodePromoted', 'NodeRejoined', 'NodeRemoved', 'EndpointProvisioned', 'EndpointRouted', 'EndpointClosed', 'ClusterDeployed', 'ClusterDiscarded',
  'ClusterDeleted', 'OperationSucceeded', 'OperationFailed', 'OperationCancelled', 'OperationUndone',
];

const attempts: fc.Arbitrary<Attempt[]> = fc.array(
  fc.record({
    what: fc.constantFrom('operation', 'record', 'record', 'record', 'settings'),
    operation: fc.constantFrom('deploy-cluster', 'deploy-cluster', 'add-node', 'promote-node', 'remove-node', 'delete-cluster'),
    event: fc.constantFrom(...RECORDED, 'NodeReserved', 'NodeReserved', 'NodePromoted'),
    operationId: fc.constantFrom('op-1', 'op-2', 'op-3', 'op-4'),
    pick: fc.nat(3),
    other: fc.nat(3),
    flag: fc.boolean(),
    asHolder: fc.boolean(),
  }),
  { minLength: 10, maxLength: 80 },
);

const requestOf = (attempt: Attempt, cluster: ExistingCluster | undefined): OperationRequest => {
  const name = cluster?.nodes[attempt.pick]?.name ?? 'pg-000000';
  switch (attempt.operation) {
    case 'deploy-cluster':
      return { kind: 'deploy-cluster', input: deployInput({ nodes: attempt.pick + 2 }) };
    case 'add-node':
      return { kind: 'add-node', input: {} };
    case 'delete-cluster':
      return { kind: 'delete-cluster', input: { confirm: 'orders' } };
    default:
      return { kind: attempt.operation, input: { nodeId: name, confirm: name } };
  }
};

const eventOf = (attempt: Attempt, cluster: ExistingCluster): ClusterEvent => {
  const nodeId = cluster.nodes[attempt.pick]?.id ?? `${CLUSTER_ID}-n${attempt.pick}`;
  const otherId = cluster.nodes[attempt.other]?.id ?? `${CLUSTER_ID}-n${attempt.other}`;
  const fresh = attempt.event === 'NodeReserved' ? nextNodes(cluster, 1)[0] : { nodeId };
  const data = {
    ...{ clusterId: CLUSTER_ID, operationId: attempt.operationId, kind: attempt.operation, role: attempt.flag ? 'primary' : 'replica' },
    ...{ plan: 'SMALL-1C-1G', address: '127.0.0.2', port: 5432, demotedId: otherId, upstreamId: otherId, machineId: 'e', readWritePort: 1, readOnlyPort: 2 },
    ...{ readWriteNodeId: nodeId, readOnlyNodeIds: [otherId], durationMs: 1, logPosition: '0/0', way: 'as-is', ...fresh },
  };
  return { type: attempt.event, data } as unknown as ClusterEvent;
};

const decide = (cluster: Cluster, attempt: Attempt): readonly ClusterEvent[] => {
  const present = cluster.status === 'absent' ? undefined : cluster;
  if (attempt.what === 'settings') {
    const settings = decideSettings(cluster, { terminationProtection: attempt.flag });
    return settings.accepted ? settings.events : [];
  }
  if (attempt.what === 'record' && present !== undefined) {
    const operationId = attempt.asHolder ? (present.busyWith?.operationId ?? attempt.operationId) : attempt.operationId;
    const recorded = decideRecord(cluster, operationId, eventOf({ ...attempt, operationId }, present));
    return recorded.accepted ? recorded.events : [];
  }
  const request = requestOf(attempt, present);
  // A running cluster that lost its primary to a workflow gone wrong cannot be planned for: that is thrown as a bug.
  if (present?.status === 'running' && primaryOf(present) === undefined && request.kind !== 'delete-cluster') return [];
  const context = { clusterId: CLUSTER_ID, generation: 1, offer: { engineVersions: ['18'] } };
  const planned = planOperation(cluster, request, context);
  if (!planned.planned) return [];
  const ids = { operationId: attempt.operationId, requestHash: JSON.stringify(request), planHash: '' };
  const decision = decideOperation(cluster, request, context, planned.plan, ids);
  return decision.accepted ? decision.events : [];
};

/** Runs the attempts as the command handlers do, and shows every state on the way. */
const run = (tries: readonly Attempt[], look: (after: ExistingCluster, events: readonly ClusterEvent[], before: Cluster) => void): ClusterEvent[] => {
  const history: ClusterEvent[] = [];
  let cluster: Cluster = ABSENT_CLUSTER;
  for (const attempt of tries) {
    const before: Cluster = cluster;
    const events = decide(cluster, attempt);
    for (const event of events) {
      cluster = evolveCluster(cluster, event);
      history.push(event);
    }
    if (cluster.status !== 'absent') look(cluster, events, before);
  }
  return history;
};

const RUNS = { numRuns: 500 };

describe('whatever is asked for, in any order,', () => {
  it('there are never two primaries', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        run(tries, (cluster) => expect(cluster.nodes.filter((node) => node.role === 'primary').length).toBeLessThanOrEqual(1));
      }),
      RUNS,
    );
  });
  it('names, ids and ordinals of nodes are unique, and ordinals never come back', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        run(tries, (cluster) => {
          for (const key of ['id', 'name', 'ordinal'] as const) {
            expect(new Set(cluster.nodes.map((node) => node[key])).size).toBe(cluster.nodes.length);
          }
          expect(Math.max(0, ...cluster.nodes.map((node) => node.ordinal))).toBeLessThanOrEqual(cluster.nodesEverReserved);
        });
      }),
      RUNS,
    );
  });
  it('at most one operation runs, and it is the one that holds the lock', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        run(tries, (cluster) => {
          const running = Object.values(cluster.operations).filter((operation) => operation.outcome === 'running');
          expect(running.map((operation) => operation.id)).toEqual(cluster.busyWith === undefined ? [] : [cluster.busyWith.operationId]);
        });
      }),
      RUNS,
    );
  });
  it('the word for the state agrees with the lock', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        run(tries, (cluster) => {
          const word = statusWord(cluster);
          if (word === 'running') expect(cluster.busyWith).toBeUndefined();
          if (word === 'changing' || word === 'deleting') expect(cluster.busyWith).toBeDefined();
          expect(word === 'deleted').toBe(cluster.status === 'deleted');
        });
      }),
      RUNS,
    );
  });
  it('what was recorded once is not recorded twice', () => {
    const idempotent = new Set<ClusterEvent['type']>(['NodeReserved', 'NodeReleased', 'NodeRemoved', 'NodeProvisioned', 'NodePromoted', 'EndpointRouted']);
    fc.assert(
      fc.property(attempts, (tries) => {
        run(tries, (cluster, events) => {
          const [event] = events;
          if (events.length !== 1 || event === undefined || !idempotent.has(event.type) || (event.type === 'EndpointRouted' && cluster.endpoint === undefined)) return;
          expect(decideRecord(cluster, 'op-late', event)).toEqual({ accepted: true, events: [] });
        });
      }),
      RUNS,
    );
  });
  it('folding the history gives the state that the decisions saw', () => {
    fc.assert(
      fc.property(attempts, (tries) => {
        let last: Cluster = ABSENT_CLUSTER;
        const history = run(tries, (cluster) => {
          last = cluster;
        });
        expect(foldCluster(history)).toEqual(last);
      }),
      RUNS,
    );
  });
  it('the attempts are not idle: many are accepted', () => {
    const lengths = fc.sample(attempts, { numRuns: 300, seed: 7 }).map((tries) => run(tries, () => undefined).length);
    expect(Math.max(...lengths)).toBeGreaterThan(8);
  });
});
