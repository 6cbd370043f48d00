import { chmodSync, mkdirSync } from 'node:fs';
import { ConfigurationError, firstClosedFolder } from '@holdfast/infra/configuration';
import type { Report } from '@holdfast/infra/toolchain';
import { eventStorePart } from './event-store-part.js';
import { PART_NAMES, type Part, type PartName, type PartStatus } from './part.js';
import { apiPart, waitUntilReady, workingPart } from './service-part.js';
import { runAlone } from './single-run.js';
import { stackPlaces, type StackPlaces } from './stack-places.js';
import { temporalPart } from './temporal-part.js';

/** Long enough for another `up` that installs nothing. */
const ALONE_MS = 180_000;
/** Services need what is started before them. */
const WAVES: readonly (readonly PartName[])[] = [
  ['event-store', 'temporal'],
  ['api', 'worker', 'projector'],
];

/**
 * The parts of one installation: event store, Temporal, API, worker, projector. They outlive the command that starts them. Several
 * stacks can run on one machine, each with a home and ports of its own: see `isolatedEnvironment`.
 */
export class Stack {
  readonly places: StackPlaces;

  /** Throws ConfigurationError. */
  constructor(
    env: NodeJS.ProcessEnv,
    repository: string,
    private readonly report: Report = () => undefined,
  ) {
    this.places = stackPlaces(env, repository);
  }

  /** Starts what does not run, and answers when everything is ready. Throws PortInUse, PartNotReady or ToolInstallFailed. */
  async start(): Promise<void> {
    makeHome(this.places);
    checkEntrance(this.places);
    await runAlone(this.places.home, ALONE_MS, async () => {
      for (const wave of WAVES) await allDone(wave.map((name) => this.startAndTell(name)));
      await waitUntilReady(this.places);
    });
  }

  /** Stops the parts in reverse; clusters go on. */
  async stop(): Promise<void> {
    await runAlone(this.places.home, ALONE_MS, async () => {
      for (const wave of WAVES.toReversed()) await allDone(wave.map((name) => this.stopAndTell(name)));
    });
  }

  /** Undefined when the environment names one that others run. */
  part(name: PartName): Part | undefined {
    const { places } = this;
    switch (name) {
      case 'event-store':
        return places.elsewhere.eventStore ? undefined : eventStorePart(places);
      case 'temporal':
        return places.elsewhere.temporal ? undefined : temporalPart(places);
      case 'api':
        return apiPart(places);
      case 'worker':
      case 'projector':
        return workingPart(name, places);
    }
  }

  /** In the order of PART_NAMES. */
  status(): Promise<PartStatus[]> {
    return Promise.all(PART_NAMES.map(async (name) => this.part(name)?.status() ?? this.elsewhere(name)));
  }

  /** One part alone; the test of what its absence does. */
  startPart(name: PartName): Promise<'started' | 'was-running'> {
    return this.own(name).start();
  }

  stopPart(name: PartName): Promise<'stopped' | 'was-stopped'> {
    return this.own(name).stop();
  }

  /** kill -9. */
  killPart(name: PartName): Promise<void> {
    return this.own(name).kill();
  }

  private own(name: PartName): Part {
    const part = this.part(name);
    if (part === undefined) throw new Error(`${name} is not run by this stack: the environment names another.`);
    return part;
  }

  private elsewhere(name: PartName): PartStatus {
    const { eventStoreUrl, temporal } = this.places.configuration;
    return { name, state: 'elsewhere', address: name === 'temporal' ? temporal.address : withoutPassword(eventStoreUrl) };
  }

  private async startAndTell(name: PartName): Promise<void> {
    const part = this.part(name);
    if (part === undefined) return;
    if ((await part.start()) === 'started') this.report(`${name} started`);
  }

  private async stopAndTell(name: PartName): Promise<void> {
    if ((await this.part(name)?.stop()) === 'stopped') this.report(`${name} stopped`);
  }
}

/** Servers run as another user and must be able to pass; what is secret has its own folder. */
const makeHome = ({ home }: StackPlaces): void => {
  mkdirSync(home, { recursive: true });
  chmodSync(home, 0o755);
  for (const [folder, mode] of [['run', 0o755], ['log', 0o755], ['keys', 0o700]] as const) {
    mkdirSync(`${home}/${folder}`, { recursive: true, mode });
  }
};

/** Root's servers run as another user, who must be able to enter home and tools. */
const checkEntrance = ({ home, tools }: StackPlaces): void => {
  const closed = process.getuid?.() === 0 ? (firstClosedFolder(home) ?? firstClosedFolder(tools)) : undefined;
  if (closed === undefined) return;
  throw new ConfigurationError(`Servers run as the system user holdfast, who cannot enter ${closed}. Set HOLDFAST_HOME and HOLDFAST_TOOLS to folders that everybody may enter, or run: chmod o+x ${closed}`);
};

/** Waits for all, so that nothing goes on behind the back of who reads the first failure. */
const allDone = async (works: readonly Promise<void>[]): Promise<void> => {
  const results = await Promise.allSettled(works);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};

const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, ':…@');
