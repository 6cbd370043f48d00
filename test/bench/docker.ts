import { buildMachineImage } from '@holdfast/infra/providers/docker';
import { testDocker } from '../support/docker-daemon.js';
import { withDebianSuites } from '../support/further-sources.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { chooseByDay } from '../support/rotation.js';
import { TestStack } from '../support/test-stack.js';
import { using, type BenchContext, type Benchmark } from './benchmark.js';
import { timed, type Figure } from './figures.js';
import { RawDocker } from './raw-docker.js';
import { RAW_ENGINES, type RawEngine } from './raw-docker-engines.js';
import { NODES, operate, takeTurns } from './real-cluster.js';

const RATIO_MAX = 1.5;
/** Fewer than elsewhere: a run takes a minute or two, mostly of apt and dpkg. */
const RUNS = 3;

/** Those that the machines' own sources have; HOLDFAST_BENCH_ENGINES names some of all. */
const engines = (): readonly RawEngine[] => {
  const wanted = process.env['HOLDFAST_BENCH_ENGINES'];
  return wanted === undefined ? RAW_ENGINES.filter(({ from }) => from === undefined) : chooseByDay(RAW_ENGINES, 0, wanted);
};

/** Of somebody's own Docker that was not named for this, the image is left alone. */
const mustBeOwn = (): boolean => process.env['DOCKER_HOST'] === undefined && engines().some(({ from }) => from !== undefined);

const build = (socketPath: string, report: (line: string) => void): Promise<string> => {
  const further = engines().filter(({ from }) => from !== undefined);
  const downloads = further.map(({ name, version }) => `${name}@${version}`);
  return withDebianSuites([...new Set(further.flatMap(({ from = [] }) => from))], (sources) => buildMachineImage({ tools: toolsDirectory(), socketPath, report, sources, downloads }));
};

const deployAndDelete = async (stack: TestStack, { name: engine, version }: RawEngine, run: number): Promise<number> => {
  const name = `${engine}-${run}`;
  const durationMs = await operate(stack, name, 'POST', '/clusters', { name, engine, version, mode: 'primary-replica', nodes: NODES, provider: 'docker' });
  await operate(stack, name, 'DELETE', `/clusters/${name}`, { confirm: name });
  return durationMs;
};

export const docker: Benchmark = {
  name: 'docker',
  measures: `a cluster of ${NODES} nodes with its endpoint on containers, for each engine, against a script of docker run, apt-get and the engine's commands. Needs Docker, or root to start one.`,
  run: async (context) =>
    using(
      () => testDocker({ mustBeOwn: mustBeOwn() }),
      (daemon) => daemon.stop(),
      async ({ socketPath }) => {
        const image = await build(socketPath, context.say);
        const measure = async (stack: TestStack): Promise<Figure[]> => {
          const figures: Figure[] = [];
          for (const engine of engines()) figures.push(await turns(stack, engine, () => new RawDocker(socketPath, image, engine), context));
          return figures;
        };
        return using(() => TestStack.start({ DOCKER_HOST: `unix://${socketPath}` }), (stack) => stack.stop(), measure);
      },
    ),
};

const turns = (stack: TestStack, engine: RawEngine, make: () => RawDocker, context: BenchContext): Promise<Figure> =>
  takeTurns(
    {
      figure: { bench: 'docker', what: `${engine.name} ${engine.version}: ${NODES} nodes and their endpoint; raw: the same containers and commands by a script`, goal: `ratio ≤ ${RATIO_MAX}` },
      ratioMax: RATIO_MAX,
      runs: context.runs ?? RUNS,
      ours: (run) => deployAndDelete(stack, engine, run),
      raw: () => using(async () => make(), (raw) => raw.remove(), (raw) => timed(() => raw.deploy(NODES))),
    },
    context,
  );
