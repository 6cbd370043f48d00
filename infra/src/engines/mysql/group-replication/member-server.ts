import { CommandFailed, type EngineCredentials, type EngineNode, type MemberHealth } from '@holdfast/domain';
import { ServerDidNotStart, StopTimedOut } from '../../../engine-support/node-errors.js';
import { waitFor } from '../../../engine-support/waiting.js';
import { LAYOUT, pathOn, pathsOf, SERVICE } from '../layout.js';
import { MYSQL } from '../mysql.dialect.js';
import { Server } from '../server.js';
import { errorCode, isConnectionProblem, type Session, withSession } from '../session.js';
import { endClients } from '../switchover.js';
import { renderMemberAccounts } from './accounts.js';
import { membershipSettings, renderMember } from './configuration.js';
import { memberHealth } from './health.js';
import { MEMBERS_FILE, type Membership } from './layout.js';

/** Recovery after a crash happens before the server listens; one whose process ends is told at once. */
const START_TIMEOUT_MS = 30 * 60_000;
/** A server that ends again and again in its first minute does not come up. */
const GONE_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
/** The statement answers when the group has taken the member in, or after a minute has not. */
const JOIN_STATEMENT_MS = 5 * 60_000;
/** What the group sends to its members is applied through. */
export const APPLIER_CHANNEL = 'group_replication_applier';
/** Added to the server's own limits of a statement, so that the server is the one who tells. */
const ANSWER_MS = 5_000;

/** The server of one member: its programs, files, service, and its part in the group. */
export class MemberServer {
  readonly programs = new Server(MYSQL);

  /** Who belongs to the group, then what follows from it: whenever the server starts from here on, it goes by that. */
  async save(node: EngineNode, membership: Membership, credentials: EngineCredentials): Promise<void> {
    const { machine, name, port, memoryBytes } = node;
    await machine.writeFile(MEMBERS_FILE, JSON.stringify(membership), { mode: 0o600 });
    await machine.writeFile(LAYOUT.config, renderMember({ name, address: machine.address, port, memoryBytes, paths: pathsOf(node), membership, credentials }), { mode: 0o600 });
  }

  /** Starts it as its files say, and answers when it accepts connections, whatever its part in the group is then. */
  async launch(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    const { machine } = node;
    await machine.writeFile(LAYOUT.accounts, renderMemberAccounts(credentials), { mode: 0o600 });
    await machine.ensureService({ name: SERVICE, argv: [await this.programs.program(node, 'mysqld'), `--defaults-file=${pathOn(node, LAYOUT.config)}`], stopSignal: 'SIGTERM' });
    const failure = async (): Promise<Error> => new ServerDidNotStart(node.name, 'it does not accept connections.', await this.programs.logTail(node));
    let runningAt = performance.now();
    await waitFor(
      async () => {
        if ((await memberHealth(node, credentials)).reachable) return true;
        if (await this.programs.isRunning(node)) runningAt = performance.now();
        if (performance.now() - runningAt > GONE_TIMEOUT_MS) throw await failure();
        return undefined;
      },
      { timeoutMs: START_TIMEOUT_MS, intervalMs: POLL_MS, onTimeout: failure },
    );
  }

  /** Tells the running server who belongs to its group. */
  tell(node: EngineNode, membership: Membership, credentials: EngineCredentials): Promise<void> {
    return withSession(MYSQL, node, credentials.superuser, (session) => tellMembership(session, membership));
  }

  /** As the first of its group. Also when it is killed in between, no later start of the group in this server begins another. */
  async begin(node: EngineNode, membership: Membership, credentials: EngineCredentials): Promise<void> {
    await this.startReplication(node, membership, credentials, async (session) => {
      await session.query('SET GLOBAL group_replication_bootstrap_group = ON');
      try {
        await session.query('START GROUP_REPLICATION', [], JOIN_STATEMENT_MS);
      } finally {
        await session.query('SET GLOBAL group_replication_bootstrap_group = OFF');
      }
    });
  }

  /** As one of the others. */
  async join(node: EngineNode, membership: Membership, credentials: EngineCredentials): Promise<void> {
    await this.startReplication(node, membership, credentials, async (session) => {
      await session.query('START GROUP_REPLICATION', [], JOIN_STATEMENT_MS);
    });
  }

  private async startReplication(node: EngineNode, membership: Membership, credentials: EngineCredentials, start: (session: Session) => Promise<void>): Promise<void> {
    try {
      await withSession(MYSQL, node, credentials.superuser, async (session) => {
        // A member that gave up is not started again before it is stopped. Nothing to do for one that is outside.
        await session.query('STOP GROUP_REPLICATION', [], JOIN_STATEMENT_MS);
        // What its donor had yet to apply is not its own.
        if (membership.stage === 'new') await session.query(`RESET REPLICA ALL FOR CHANNEL '${APPLIER_CHANNEL}'`);
        await tellMembership(session, membership);
        await start(session);
      });
    } catch (error) {
      // A server that copied all data ends to start anew with them; the wait for it tells the rest.
      if (isConnectionProblem(error)) return;
      if (!errorCode(error).startsWith('ER_')) throw error;
      throw new ServerDidNotStart(node.name, `it did not start its part in the group: ${String(error)}`, await this.programs.logTail(node));
    }
  }

  /** A full member says goodbye; one that never got there, or has no majority, is ended: nobody counts on it. */
  async stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    const { machine } = node;
    if ((await machine.serviceStatus(SERVICE)).state !== 'running') return this.programs.stopInAnyCase(node);
    const seen = await memberHealth(node, credentials);
    if (!seen.reachable || !seen.hasQuorum) return this.programs.stopInAnyCase(node);
    try {
      await this.sayGoodbye(node, credentials, timeoutMs);
      await machine.stopService(SERVICE, { timeoutMs, killAfterTimeout: false });
    } catch (error) {
      if (!(error instanceof CommandFailed) && !isConnectionProblem(error)) throw error;
      throw new StopTimedOut(node.name, `it did not leave its group and stop in ${timeoutMs} ms. Its machine starts it again when it has, and it then joins again.`, await this.programs.logTail(node));
    }
  }

  private async sayGoodbye(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    await withSession(MYSQL, node, credentials.superuser, async (session) => {
      // Ended at once they go on with another member; the server would refuse their next write.
      await endClients(session, credentials);
      await session.query('STOP GROUP_REPLICATION', [], timeoutMs + ANSWER_MS);
    });
  }
}

const tellMembership = async (session: Session, membership: Membership): Promise<void> => {
  // A call that was killed while it began a group may have left it on.
  await session.query('SET GLOBAL group_replication_bootstrap_group = OFF');
  for (const [name, value] of membershipSettings(membership)) await session.query(`SET GLOBAL ${name} = ?`, [value]);
};

/** It is one of a group that has a majority, in sync or about to be. */
export const isInGroup = (health: MemberHealth): boolean => health.reachable && health.hasQuorum;
