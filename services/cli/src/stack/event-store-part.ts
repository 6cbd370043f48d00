import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { embeddedStoreDirectory } from '@holdfast/infra/configuration';
import { EmbeddedPostgres, locatePostgres, ToolInstallFailed, unprivilegedUser } from '@holdfast/infra/toolchain';
import { tailLog } from './log-file.js';
import { PartNotReady, PortInUse, type Part, type PartStatus } from './part.js';
import { describeHolder, findLastingHolder } from './port-holder.js';
import type { StackPlaces } from './stack-places.js';
import { accepts } from './temporal-part.js';

const NAME = 'event-store';
const STOP_MS = 20_000;
const TAIL_LINES = 12;
const REMAINS_MS = 15_000;
const RETRY_MS = 300;

/** The event store's own PostgreSQL server, as the unprivileged user when we are root. */
class EventStorePart implements Part {
  readonly name = NAME;
  readonly logFile: string;
  private readonly address: string;

  constructor(private readonly places: StackPlaces) {
    this.logFile = join(places.home, 'log', `${NAME}.log`);
    this.address = `127.0.0.1:${places.ports.eventStore}`;
  }

  async status(): Promise<PartStatus> {
    const pid = this.server()?.pid();
    if (pid === undefined) return { name: NAME, state: 'stopped', address: this.address };
    return { name: NAME, state: (await accepts(this.places.ports.eventStore)) ? 'running' : 'not-answering', pid, address: this.address };
  }

  async start(): Promise<'started' | 'was-running'> {
    const server = this.server();
    if (server === undefined) throw new ToolInstallFailed('PostgreSQL is not installed. Run: ./holdfast up');
    const wasRunning = server.pid() !== undefined;
    if (!wasRunning) await this.checkPort();
    await this.startPatiently(server);
    return wasRunning ? 'was-running' : 'started';
  }

  /** After kill -9 of the server alone it and its children are still there for a moment, and PostgreSQL refuses to start beside them. */
  private async startPatiently(server: EmbeddedPostgres): Promise<void> {
    const deadline = Date.now() + REMAINS_MS;
    for (;;) {
      try {
        await server.start();
        return;
      } catch (problem) {
        const tail = tailLog(this.logFile, TAIL_LINES);
        const remains = tail.some((line) => /pre-existing shared memory block|lock file ".*" already exists/.test(line));
        if (!remains || Date.now() > deadline) {
          throw new PartNotReady(NAME, `did not start: ${problem instanceof Error ? problem.message : String(problem)}`, this.logFile, tail);
        }
        await delay(RETRY_MS);
      }
    }
  }

  async stop(): Promise<'stopped' | 'was-stopped'> {
    const server = this.server();
    if (server?.pid() === undefined) return 'was-stopped';
    await server.stop(STOP_MS);
    return 'stopped';
  }

  async kill(): Promise<void> {
    await this.server()?.kill();
  }

  private async checkPort(): Promise<void> {
    const port = this.places.ports.eventStore;
    const holder = await findLastingHolder(port);
    if (holder !== undefined) throw new PortInUse(NAME, port, describeHolder(holder), 'HOLDFAST_EVENT_STORE_PORT');
  }

  /** Undefined while its programs are not installed. */
  private server(): EmbeddedPostgres | undefined {
    const { home, tools, ports } = this.places;
    const programs = locatePostgres(tools);
    if (programs === undefined) return undefined;
    const runAs = unprivilegedUser();
    return new EmbeddedPostgres({
      programs,
      directory: embeddedStoreDirectory(home),
      host: '127.0.0.1',
      port: ports.eventStore,
      database: 'holdfast',
      logFile: this.logFile,
      ...(runAs === undefined ? {} : { runAs }),
    });
  }
}

export const eventStorePart = (places: StackPlaces): Part => new EventStorePart(places);
