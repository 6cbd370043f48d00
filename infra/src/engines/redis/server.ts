import { CommandFailed, type EngineCredentials, type EngineNode } from '@holdfast/domain';
import { renderConfig, renderSync } from './configuration.js';
import { LOG_TAIL_LINES, ServerDidNotStart, StopTimedOut, WrongNodeState } from '../../engine-support/node-errors.js';
import { readIfThere } from '../../engine-support/read-if-there.js';
import type { Flavour } from './flavours.js';
import { readState, type ReplicationState } from './info.js';
import { LAYOUT, pathOn, SERVICE } from './layout.js';
import { type Role, roleOf, saveRole } from './role.js';
import { isConnectionProblem, messageOf, withSession } from './session.js';
import { renderUsers, replicaUser } from './users.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A server that does not even listen after this long will not. */
const LISTEN_TIMEOUT_MS = 60_000;
/** Reading a large file into memory takes long, and the server says meanwhile that it is loading. */
const LOADING_TIMEOUT_MS = 60 * 60_000;
const START_POLL_MS = 10;
const TOOL_TIMEOUT_MS = 30_000;
/** Nobody is served by it any more. */
const KILL_AFTER_MS = 15_000;

/** The server of one node: its programs, files and service. */
export class Server {
  /** Programs do not move while this process lives. */
  private readonly programs = new Map<string, string>();

  constructor(private readonly flavour: Flavour) {}

  async install(node: EngineNode): Promise<string> {
    const { binDirectory } = await node.machine.ensureSoftware(this.flavour.software, node.engineVersion);
    const program = `${binDirectory}/${this.flavour.server}`;
    this.programs.set(`${node.machine.id} ${node.engineVersion}`, program);
    return program;
  }

  /** All files but the role's. Those for replication and users that are there already stay in force. */
  async writeConfiguration(node: EngineNode, credentials: EngineCredentials, sharded: boolean): Promise<void> {
    const { machine } = node;
    await machine.run({ argv: ['mkdir', '-p', '-m', '700', pathOn(node, LAYOUT.data)], timeoutMs: TOOL_TIMEOUT_MS });
    const config = renderConfig({
      address: machine.address,
      port: node.port,
      memoryBytes: node.memoryBytes,
      paths: { data: pathOn(node, LAYOUT.data), users: pathOn(node, LAYOUT.users), includes: [pathOn(node, LAYOUT.sync), pathOn(node, LAYOUT.role)] },
      replication: { user: sharded ? credentials.replication.user : replicaUser(credentials, node.name), password: credentials.replication.password },
      sharded,
    });
    const users = (await readIfThere(machine, LAYOUT.users)) ?? '';
    await machine.writeFile(LAYOUT.config, config, { mode: 0o600 });
    // A running server writes this file itself.
    if (!(await this.isRunning(node))) await machine.writeFile(LAYOUT.users, renderUsers(credentials, users, sharded), { mode: 0o600 });
    if (!(await machine.fileExists(LAYOUT.sync))) await machine.writeFile(LAYOUT.sync, renderSync({ required: 0, among: [] }), { mode: 0o600 });
  }

  /** Configuration and role, then the server. */
  async startAs(node: EngineNode, role: Role, credentials: EngineCredentials): Promise<void> {
    await this.writeConfiguration(node, credentials, role.role === 'member');
    await saveRole(node, role);
    await this.ensureRunning(node);
  }

  /** Starts the service when it does not run. */
  async ensureRunning(node: EngineNode): Promise<void> {
    const program = this.programs.get(`${node.machine.id} ${node.engineVersion}`) ?? (await this.install(node));
    await node.machine.ensureService({ name: SERVICE, argv: [program, pathOn(node, LAYOUT.config)], stopSignal: 'SIGTERM' });
  }

  /** Starts it in the role its files say, and answers when it accepts commands. */
  async start(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    if (await node.machine.fileExists(LAYOUT.unfinished)) throw new WrongNodeState(node.name, 'its copy of the data is not complete.');
    if ((await roleOf(node)) === undefined) throw new WrongNodeState(node.name, 'it has no data directory yet.');
    await this.startWhole(node, credentials);
  }

  /** `start` of a node that is known to have a role and a whole copy. */
  async startWhole(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    await this.ensureRunning(node);
    await this.waitUntilAccepting(node, credentials);
  }

  /** Answers when the server has read its file and takes commands. */
  async waitUntilAccepting(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    let listenedUntil = performance.now() + LISTEN_TIMEOUT_MS;
    const tooLate = async (): Promise<Error> => new ServerDidNotStart(node.name, 'it does not accept commands.', await this.logTail(node));
    await waitFor(
      async () => {
        const state = await this.look(node, credentials);
        if (state && !state.loading) return true;
        if (state) listenedUntil = performance.now() + LISTEN_TIMEOUT_MS;
        if (performance.now() > listenedUntil) throw await tooLate();
        return undefined;
      },
      { timeoutMs: LOADING_TIMEOUT_MS, intervalMs: START_POLL_MS, onTimeout: tooLate },
    );
  }

  /** Undefined while the node cannot be asked. */
  async look(node: EngineNode, credentials: EngineCredentials): Promise<ReplicationState | undefined> {
    try {
      return await withSession(node, credentials.superuser, readState);
    } catch (error) {
      if (isConnectionProblem(error)) return undefined;
      throw error;
    }
  }

  async isRunning(node: EngineNode): Promise<boolean> {
    return (await node.machine.serviceStatus(SERVICE)).state === 'running';
  }

  /**
   * Asks it to stop: it then takes no more writes, waits for its replicas, writes its file and ends. Past the limit that is
   * called off (SHUTDOWN ABORT), and it serves again.
   */
  async stopCleanly(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    try {
      await node.machine.stopService(SERVICE, { timeoutMs, killAfterTimeout: false });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const logTail = await this.logTail(node);
      await this.callStopOff(node, credentials);
      throw new StopTimedOut(node.name, `it did not stop in ${timeoutMs} ms; it serves again.`, logTail);
    }
  }

  private async callStopOff(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    try {
      await withSession(node, credentials.superuser, (session) => session.ask('SHUTDOWN', 'ABORT'));
    } catch (error) {
      // It says so when it is not shutting down any more, and is away when it has ended after all: then it is started again.
      if (!isConnectionProblem(error) && !messageOf(error).includes('No shutdown in progress')) throw error;
    }
    await this.ensureRunning(node);
    await this.waitUntilAccepting(node, credentials);
  }

  async stopInAnyCase(node: EngineNode): Promise<void> {
    await node.machine.stopService(SERVICE, { timeoutMs: KILL_AFTER_MS, killAfterTimeout: true });
  }

  logTail(node: EngineNode): Promise<string[]> {
    return node.machine.serviceLog(SERVICE, LOG_TAIL_LINES);
  }
}
