import type { TestStack } from '../support/test-stack.js';
import { RUNS_DEFAULT, type Benchmark } from './benchmark.js';
import { timed } from './figures.js';
import { deployBody, NODES, operate, takeTurns, withRaw, withStack } from './real-cluster.js';

const RATIO_MAX = 1.5;

const deployAndDelete = async (stack: TestStack, run: number): Promise<number> => {
  const name = `deploy-${run}`;
  const durationMs = await operate(stack, name, 'POST', '/clusters', deployBody(name));
  await operate(stack, name, 'DELETE', `/clusters/${name}`, { confirm: name });
  return durationMs;
};

export const deploy: Benchmark = {
  name: 'deploy',
  measures: `a cluster of ${NODES} nodes with its endpoint, from the request to its success, against a script of initdb, pg_basebackup (replicas at once) and HAProxy.`,
  run: (context) =>
    withStack((stack) =>
      takeTurns(
        {
          figure: { bench: 'deploy', what: `${NODES} nodes and their endpoint; raw: the same commands by a script`, goal: `ratio ≤ ${RATIO_MAX}` },
          ratioMax: RATIO_MAX,
          runs: context.runs ?? RUNS_DEFAULT,
          ours: (run) => deployAndDelete(stack, run),
          raw: () => withRaw((raw) => timed(() => raw.deploy(NODES))),
        },
        context,
      ).then((figure) => [figure]),
    ),
};
