import { CommandFailed, type EngineCredentials, type EngineNode } from '@holdfast/domain';
import { LOG_TAIL_LINES, ServerDidNotStart, StopTimedOut, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { renderAccounts } from './accounts.js';
import { renderConfig } from './configuration.js';
import type { Dialect } from './dialect.js';
import { LAYOUT, pathOn, pathsOf, SERVICE } from './layout.js';
import { type Role, roleOf } from './role.js';
import { isConnectionProblem, type Session, withSession } from './session.js';
import { readState, type ReplicationState } from './state.js';

/** Recovery after a crash happens before the server listens; one whose process ends is told at once. */
const START_TIMEOUT_MS = 30 * 60_000;
/** A server that ends again and again in its first minute does not come up. */
const GONE_TIMEOUT_MS = 60_000;
const START_POLL_MS = 20;
const TOOL_TIMEOUT_MS = 120_000;
/** Servers have been seen to ignore a stop for minutes; nobody is served by this one any more. */
const KILL_AFTER_MS = 15_000;

/** The server of one node: its programs, files and service. */
export class Server {
  /** Programs do not move while this process lives. */
  private readonly programs = new Map<string, string>();

  constructor(readonly dialect: Dialect) {}

  async install(node: EngineNode): Promise<string> {
    const { binDirectory } = await node.machine.ensureSoftware(this.dialect.software, node.engineVersion);
    this.programs.set(`${node.machine.id} ${node.engineVersion}`, binDirectory);
    return binDirectory;
  }

  async program(node: EngineNode, name: string): Promise<string> {
    return `${this.programs.get(`${node.machine.id} ${node.engineVersion}`) ?? (await this.install(node))}/${name}`;
  }

  /** Role, then what follows from it: whenever the server starts from here on, it is that. */
  async saveRole(node: EngineNode, role: Role): Promise<void> {
    const { machine } = node;
    const config = renderConfig(this.dialect, { name: node.name, address: machine.address, port: node.port, memoryBytes: node.memoryBytes, paths: pathsOf(node), role });
    await machine.writeFile(LAYOUT.role, JSON.stringify(role), { mode: 0o600 });
    await machine.writeFile(LAYOUT.config, config, { mode: 0o600 });
  }

  /** Makes an empty data directory, and nothing when there is one. */
  async initialise(node: EngineNode): Promise<void> {
    const { machine } = node;
    await machine.removePath(LAYOUT.data);
    await machine.run({ argv: ['mkdir', '-m', '700', pathOn(node, LAYOUT.data)], timeoutMs: TOOL_TIMEOUT_MS });
    await this.dialect.initialise(this, node);
  }

  /** Starts it in the role its files say, and answers when it accepts connections. */
  async start(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    if (await node.machine.fileExists(LAYOUT.unfinished)) throw new WrongNodeState(node.name, 'its copy of the data is not complete.');
    const role = await roleOf(node);
    if (role === undefined) throw new WrongNodeState(node.name, 'it has no data directory yet.');
    await node.machine.writeFile(LAYOUT.accounts, renderAccounts(this.dialect, credentials), { mode: 0o600 });
    // Written anew: a call that was killed may have left the two files apart.
    await this.saveRole(node, role);
    await node.machine.ensureService({ name: SERVICE, argv: [await this.program(node, this.dialect.serverProgram), `--defaults-file=${pathOn(node, LAYOUT.config)}`], stopSignal: 'SIGTERM' });
    await this.waitUntilAccepting(node, credentials);
  }

  private async waitUntilAccepting(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    const failure = async (): Promise<Error> => new ServerDidNotStart(node.name, 'it does not accept connections.', await this.logTail(node));
    let seenAt = performance.now();
    await waitFor(
      async () => {
        if ((await this.look(node, credentials)) !== undefined) return true;
        if (await this.isRunning(node)) seenAt = performance.now();
        if (performance.now() - seenAt > GONE_TIMEOUT_MS) throw await failure();
        return undefined;
      },
      { timeoutMs: START_TIMEOUT_MS, intervalMs: START_POLL_MS, onTimeout: failure },
    );
  }

  /** Undefined while the node cannot be asked. */
  async look(node: EngineNode, credentials: EngineCredentials): Promise<ReplicationState | undefined> {
    try {
      return await withSession(this.dialect, node, credentials.superuser, readState);
    } catch (error) {
      if (isConnectionProblem(error)) return undefined;
      throw error;
    }
  }

  async isRunning(node: EngineNode): Promise<boolean> {
    return (await node.machine.serviceStatus(SERVICE)).state === 'running';
  }

  /** A server that was asked to stop cannot be told to go on: past the limit it is ended by force and started again. */
  async stopCleanly(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    try {
      await this.stop(node, timeoutMs, false);
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const logTail = await this.logTail(node);
      await this.stopInAnyCase(node);
      await this.start(node, credentials);
      throw new StopTimedOut(node.name, `it did not stop in ${timeoutMs} ms; it serves again.`, logTail);
    }
  }

  stopInAnyCase(node: EngineNode): Promise<void> {
    return this.stop(node, KILL_AFTER_MS, true);
  }

  private async stop(node: EngineNode, timeoutMs: number, killAfterTimeout: boolean): Promise<void> {
    const { state } = await node.machine.serviceStatus(SERVICE);
    if (state !== 'absent') await node.machine.stopService(SERVICE, { timeoutMs, killAfterTimeout });
  }

  logTail(node: EngineNode): Promise<string[]> {
    return node.machine.serviceLog(SERVICE, LOG_TAIL_LINES);
  }
}

/** Tells a running server what its files say of its role. */
export const applyRole = (session: Session, role: Role): Promise<void> =>
  session.dialect.exclusively(session, async () => {
    for (const [name, value] of session.dialect.roleSettings(role)) await session.query(`SET GLOBAL ${name} = ${value}`);
  });
