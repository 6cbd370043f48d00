import { clusterStream } from '@holdfast/domain';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterIdFor } from '../../services/api/src/clusters/cluster-id.js';
import { TestStack } from '../support/test-stack.js';
import { using, type BenchContext } from './benchmark.js';
import { paired, timed, type Figure } from './figures.js';
import { RawPostgresql } from './raw-postgresql.js';

const POLL_MS = 5;
const OPERATION_MS_MAX = 180_000;
const END_TYPES = new Set(['OperationSucceeded', 'OperationFailed', 'OperationCancelled', 'OperationUndone']);
export const NODES = 3;

/** Runs the work on a whole installation of its own: API, worker, projector, Temporal, event store. */
export const withStack = <R>(work: (stack: TestStack) => Promise<R>): Promise<R> => using(() => TestStack.start(), (stack) => stack.stop(), work);

/** Runs the work on raw servers that do not run yet. */
export const withRaw = <R>(work: (raw: RawPostgresql) => Promise<R>): Promise<R> => using(() => RawPostgresql.make(), (raw) => raw.remove(), work);

/** From before the request is sent until the fact of its success is stored; throws when it does not succeed. */
export const operate = (stack: TestStack, cluster: string, method: string, path: string, body: unknown): Promise<number> =>
  timed(async () => {
    const operationId = await stack.api.accepted(method, path, body);
    const stream = clusterStream(clusterIdFor(cluster, 1));
    const end = performance.now() + OPERATION_MS_MAX;
    let fromVersion = 0;
    // The facts themselves are asked, since a read model's delay is not the operation's.
    for (;;) {
      for (const { type, version, data } of await stack.store.readStream(stream, { fromVersion })) {
        fromVersion = version + 1;
        if (!END_TYPES.has(type) || (data as { operationId: string }).operationId !== operationId) continue;
        if (type === 'OperationSucceeded') return;
        throw new Error(`${operationId} ended with ${type}: ${JSON.stringify(data)}`);
      }
      if (performance.now() > end) throw new Error(`${operationId} did not end in ${OPERATION_MS_MAX} ms: ${JSON.stringify((await stack.api.get(`/operations/${operationId}`)).body['stuck'])}`);
      await delay(POLL_MS);
    }
  });

export const deployBody = (name: string): object => ({ name, engine: 'postgresql', version: '18', mode: 'primary-replica', nodes: NODES, provider: 'local' });

interface Turns {
  readonly figure: Pick<Figure, 'bench' | 'what' | 'goal'>;
  readonly ratioMax: number;
  readonly runs: number;
  /** Each answers milliseconds, and leaves things as they were. */
  readonly ours: (run: number) => Promise<number>;
  readonly raw: (run: number) => Promise<number>;
}

/** Ours and the raw commands in turn, and who is first in turn too; one run before, which is not counted. */
export const takeTurns = async ({ figure, ratioMax, runs, ours, raw }: Turns, { say }: BenchContext): Promise<Figure> => {
  const [ourMs, rawMs]: [number[], number[]] = [[], []];
  for (let run = 0; run <= runs; run += 1) {
    const first = run % 2 === 0 ? await ours(run) : undefined;
    const plain = await raw(run);
    const own = first ?? (await ours(run));
    say(`run ${run === 0 ? '0 (warm-up, not counted)' : run}: ours ${own.toFixed(0)} ms, raw ${plain.toFixed(0)} ms`);
    if (run === 0) continue;
    ourMs.push(own);
    rawMs.push(plain);
  }
  return paired({ ...figure, unit: 'ms' }, ourMs, rawMs, (ratio) => ratio <= ratioMax);
};
