import type { Command, EngineCredentials, EngineNode, Machine, ServiceSpec } from '@holdfast/domain';
import { type ControlData, parseControlData } from './control-data.js';
import { renderHba, renderMainConfig, renderPassfile, withoutOwnedSettings } from './configuration.js';
import { LOG_TAIL_LINES, ServerDidNotStart, WrongNodeState } from '../../engine-support/node-errors.js';
import { LAYOUT, majorOf, pathOn, SERVICE } from './layout.js';
import type { Flavour } from './flavours.js';
import { findRefusal } from './refusals.js';
import { CANNOT_CONNECT_NOW, errorCode, isConnectionProblem, oneRow, type Session, withSession } from './sql.js';
import { readIfThere } from '../../engine-support/read-if-there.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A server that does not even listen after this long will not. */
const LISTEN_TIMEOUT_MS = 60_000;
/** Crash recovery and replay may take long, and the server says meanwhile that it is starting. */
const RECOVERY_TIMEOUT_MS = 30 * 60_000;
const START_POLL_MS = 10;
/** Reading the log costs more than a connection: about twice a second is enough. */
const LOOKS_PER_LOG_CHECK = 50;
export const TOOL_TIMEOUT_MS = 60_000;

/** Which networks may connect to a node; entries as in pg_hba.conf: CIDR, `samenet`, `samehost`. */
export type ClientNetworks = (node: EngineNode) => readonly string[];

/** Loopback addresses for a node on one, else the networks that the machine is directly connected to. */
export const defaultClientNetworks: ClientNetworks = (node) =>
  node.machine.address.startsWith('127.') || node.machine.address === '::1' ? ['127.0.0.0/8'] : ['samenet'];

/** The server of one node: its programs, files and service. Knows nothing of replication. */
export class Server {
  /** Programs do not move while this process lives, and asking a machine for them costs a round trip within a switchover. */
  private readonly programs = new Map<string, string>();

  constructor(
    readonly flavour: Flavour,
    private readonly clientNetworks: ClientNetworks,
  ) {}

  async install(node: EngineNode): Promise<string> {
    const major = String(majorOf(node.engineVersion));
    const { binDirectory } = await node.machine.ensureSoftware(this.flavour.software, major);
    this.programs.set(`${node.machine.id} ${major}`, binDirectory);
    return binDirectory;
  }

  async program(node: EngineNode, name: string): Promise<string> {
    const known = this.programs.get(`${node.machine.id} ${majorOf(node.engineVersion)}`);
    return `${known ?? (await this.install(node))}/${name}`;
  }

  /** Configuration, access rules and passfile. The files are the same whatever the node's role. */
  async writeConfiguration(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    const { machine } = node;
    const { diskTotalBytes } = await machine.metrics();
    const config = renderMainConfig({
      memoryBytes: node.memoryBytes,
      diskTotalBytes,
      hbaPath: pathOn(node, LAYOUT.hba),
      identPath: pathOn(node, LAYOUT.ident),
      includes: [pathOn(node, LAYOUT.upstreamConfig), pathOn(node, LAYOUT.syncConfig)],
      preloaded: this.flavour.preloaded,
      further: this.flavour.settings,
    });
    await Promise.all([
      machine.writeFile(LAYOUT.config, config, { mode: 0o600 }),
      machine.writeFile(LAYOUT.hba, renderHba(credentials, this.clientNetworks(node)), { mode: 0o600 }),
      machine.writeFile(LAYOUT.ident, '', { mode: 0o600 }),
      machine.writeFile(LAYOUT.passfile, renderPassfile(credentials.replication), { mode: 0o600 }),
      this.clearAutoConfig(node),
      // PostgreSQL remarks on missing includes at every reload; what stands in existing ones is the node's role and stays.
      ...[LAYOUT.upstreamConfig, LAYOUT.syncConfig].map((path) => this.writeIfMissing(node, path)),
    ]);
  }

  private async writeIfMissing(node: EngineNode, path: string): Promise<void> {
    if (!(await node.machine.fileExists(path))) await node.machine.writeFile(path, '', { mode: 0o600 });
  }

  /** ALTER SYSTEM writes into the data directory, which copies carry along, and wins over every file. */
  async clearAutoConfig(node: EngineNode): Promise<void> {
    const path = `${LAYOUT.data}/postgresql.auto.conf`;
    const text = await readIfThere(node.machine, path);
    if (text === undefined) return;
    const cleared = withoutOwnedSettings(text);
    if (cleared !== text) await node.machine.writeFile(path, cleared, { mode: 0o600 });
  }

  /** Starts the service when it does not run. Address and port stand in argv, where no file can change them. */
  async ensureRunning(node: EngineNode): Promise<void> {
    const spec: ServiceSpec = {
      name: SERVICE,
      argv: [
        await this.program(node, 'postgres'),
        ...['-D', pathOn(node, LAYOUT.data)],
        ...['-c', `config_file=${pathOn(node, LAYOUT.config)}`],
        ...['-c', `listen_addresses=${node.machine.address}`],
        ...['-p', String(node.port)],
      ],
      stopSignal: 'SIGINT',
      reloadSignal: 'SIGHUP',
    };
    await node.machine.ensureService(spec);
  }

  /** Starts it and answers when it accepts connections, in whatever role its files say. */
  async start(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    if (!(await node.machine.fileExists(`${LAYOUT.data}/PG_VERSION`))) {
      throw new WrongNodeState(node.name, 'it has no complete data directory.');
    }
    await this.ensureRunning(node);
    await this.waitUntilAccepting(node, async () => {
      await withSession(node, credentials.superuser, (session) => session.query('select 1'));
    });
  }

  /**
   * Waits until `probe` goes through. While the server says that it is starting up, it is given all the time recovery needs;
   * one that does not listen is given a minute, and one that says it can never follow its upstream no more time at all.
   */
  async waitUntilAccepting(node: EngineNode, probe: () => Promise<void>): Promise<void> {
    let silentSince = performance.now();
    let looks = 0;
    const failure = async (): Promise<Error> =>
      new ServerDidNotStart(node.name, `the server on ${node.machine.address}:${node.port} did not start.`, await this.logTail(node));
    await waitFor(
      async () => {
        try {
          await probe();
          return true;
        } catch (error) {
          if (!isConnectionProblem(error)) throw error;
          if (errorCode(error) === CANNOT_CONNECT_NOW) silentSince = performance.now();
          if (performance.now() - silentSince > LISTEN_TIMEOUT_MS) throw await failure();
          if (++looks % LOOKS_PER_LOG_CHECK === 0 && (await findRefusal(node)) !== undefined) throw await failure();
          return undefined;
        }
      },
      { timeoutMs: RECOVERY_TIMEOUT_MS, intervalMs: START_POLL_MS, onTimeout: failure },
    );
  }

  /** Like `start`, for callers without a password: pg_isready asks whether the server would let clients in. */
  async waitUntilAcceptingByTool(node: EngineNode): Promise<void> {
    const argv: Command['argv'] = [await this.program(node, 'pg_isready'), ...['-h', node.machine.address, '-p', String(node.port), '-t', '3', '-q']];
    await this.waitUntilAccepting(node, async () => {
      const { exitCode } = await node.machine.exec({ argv, timeoutMs: TOOL_TIMEOUT_MS });
      if (exitCode !== 0) throw new NotReady(exitCode === REJECTED ? CANNOT_CONNECT_NOW : 'ECONNREFUSED');
    });
  }

  async isRunning(node: EngineNode): Promise<boolean> {
    return (await node.machine.serviceStatus(SERVICE)).state === 'running';
  }

  /** Stops it in good order if it can, else by force; the next start then does crash recovery. */
  async stopInAnyCase(node: EngineNode, timeoutMs: number): Promise<void> {
    await this.stop(node, { timeoutMs, killAfterTimeout: true });
  }

  /** Also for one that is down at the moment, so that it is not started again. Nothing to do where there is no service. */
  async stop(node: EngineNode, options: Parameters<Machine['stopService']>[1]): Promise<void> {
    const { state } = await node.machine.serviceStatus(SERVICE);
    if (state !== 'absent') await node.machine.stopService(SERVICE, options);
  }

  /** What the files of a stopped node say. */
  async controlData(node: EngineNode): Promise<ControlData> {
    const { stdout } = await node.machine.run({
      argv: [await this.program(node, 'pg_controldata'), '-D', pathOn(node, LAYOUT.data)],
      env: { LC_ALL: 'C' },
      timeoutMs: TOOL_TIMEOUT_MS,
    });
    return parseControlData(stdout);
  }

  logTail(node: EngineNode): Promise<string[]> {
    return node.machine.serviceLog(SERVICE, LOG_TAIL_LINES);
  }
}

/** pg_isready's exit code for a server that is there but does not accept connections yet. */
const REJECTED = 1;

/** What pg_isready found, in the codes that a connection would have given. */
class NotReady extends Error {
  constructor(readonly code: string) {
    super(`The server does not accept connections: ${code}.`);
  }
}

export const isInRecovery = async (session: Session): Promise<boolean> =>
  (await oneRow<{ replica: boolean }>(session, 'select pg_is_in_recovery() as replica')).replica;
