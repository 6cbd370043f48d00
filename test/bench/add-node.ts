import type { TestStack } from '../support/test-stack.js';
import { RUNS_DEFAULT, type Benchmark } from './benchmark.js';
import { timed } from './figures.js';
import type { RawPostgresql } from './raw-postgresql.js';
import { deployBody, NODES, operate, takeTurns, withRaw, withStack } from './real-cluster.js';

const RATIO_MAX = 1.5;
const CLUSTER = 'grow';

interface NodeRow {
  readonly name: string;
  readonly ordinal: number;
}

/** Adds a replica, and removes it again outside the measured time. */
const addOurs = async ({ stack }: { stack: TestStack }): Promise<number> => {
  const durationMs = await operate(stack, CLUSTER, 'POST', `/clusters/${CLUSTER}/nodes`, {});
  const { body } = await stack.api.get(`/clusters/${CLUSTER}`);
  const youngest = ([...body['nodes']] as unknown as NodeRow[]).sort((a, b) => a.ordinal - b.ordinal).at(-1);
  if (youngest === undefined) throw new Error('The cluster has no node.');
  await operate(stack, CLUSTER, 'DELETE', `/clusters/${CLUSTER}/nodes/${youngest.name}`, { confirm: youngest.name });
  return durationMs;
};

const addRaw = async (raw: RawPostgresql): Promise<number> => {
  const durationMs = await timed(() => raw.addNode());
  await raw.removeNode();
  return durationMs;
};

export const addNode: Benchmark = {
  name: 'add-node',
  measures: 'one replica more, from the request to its success, against pg_basebackup and a start by a script.',
  run: (context) =>
    withStack((stack) =>
      withRaw(async (raw) => {
        await operate(stack, CLUSTER, 'POST', '/clusters', deployBody(CLUSTER));
        await raw.deploy(NODES);
        const figure = await takeTurns(
          {
            figure: { bench: 'add-node', what: `a replica for a cluster of ${NODES} nodes; raw: the same commands by a script`, goal: `ratio ≤ ${RATIO_MAX}` },
            ratioMax: RATIO_MAX,
            runs: context.runs ?? RUNS_DEFAULT,
            ours: () => addOurs({ stack }),
            raw: () => addRaw(raw),
          },
          context,
        );
        return [figure];
      }),
    ),
};
