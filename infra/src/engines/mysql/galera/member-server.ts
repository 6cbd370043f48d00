import { CommandFailed, type EngineCredentials, type EngineNode, GALERA_CHECK } from '@holdfast/domain';
import { ServerDidNotStart, StopTimedOut } from '../../../engine-support/node-errors.js';
import { waitFor } from '../../../engine-support/waiting.js';
import { renderAccounts, renderCheckAccount } from '../accounts.js';
import { LAYOUT, pathOn, pathsOf, SERVICE } from '../layout.js';
import { MARIADB } from '../mariadb.dialect.js';
import { Server } from '../server.js';
import { withSession } from '../session.js';
import { endClients } from '../switchover.js';
import { MEMBER_STARTER, renderMember } from './configuration.js';
import { memberHealth } from './health.js';
import { GROUP_LAYOUT, type Membership } from './layout.js';

const TOOL_TIMEOUT_MS = 60_000;
/** Far above what the largest data set takes; the step's own deadline ends it before. */
const TRANSFER_TIMEOUT_MS = 24 * 60 * 60_000;
const POLL_MS = 100;
/** Whether it ended meanwhile is asked of the machine, which may be far away. */
const STARTS_POLL_MS = 1_000;
/** One that ends so often before it is in sync will not get there. Each end may be half a minute of looking for the group. */
const STARTS_MAX = 4;
/** Where Debian's package has Galera's library; with unpacked programs it lies beside them. */
const SYSTEM_LIBRARY = '/usr/lib/galera/libgalera_smm.so';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The driver's accounts, and the one that endpoints ask with, who needs no right to read what a server says of itself. */
export const renderMemberAccounts = (credentials: EngineCredentials): string =>
  `${renderAccounts(MARIADB, credentials)}${renderCheckAccount(GALERA_CHECK, "IDENTIFIED VIA mysql_native_password USING ''")}`;

/** The server of one member: its programs, files and service. */
export class MemberServer {
  readonly programs = new Server(MARIADB);

  /** Who belongs to the group, then what follows from it: whenever the server starts from here on, it joins them. */
  async save(node: EngineNode, membership: Membership, credentials: EngineCredentials): Promise<void> {
    const { machine, name, port, memoryBytes } = node;
    const library = await this.library(node);
    const config = renderMember({ name, address: machine.address, port, memoryBytes, paths: pathsOf(node), membership, library, transferPath: pathOn(node, GROUP_LAYOUT.transfer), credentials });
    await machine.writeFile(GROUP_LAYOUT.members, JSON.stringify(membership), { mode: 0o600 });
    await machine.writeFile(LAYOUT.config, config, { mode: 0o600 });
  }

  private async library(node: EngineNode): Promise<string> {
    const unpacked = await this.programs.program(node, 'libgalera_smm.so');
    return (await node.machine.fileExists(unpacked)) ? unpacked : SYSTEM_LIBRARY;
  }

  /** Starts it as its files say. Answers at once: it may have to get all of its data first. */
  async launch(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    const { machine } = node;
    const folders = [LAYOUT.data, GROUP_LAYOUT.transfer].map((path) => pathOn(node, path));
    await machine.run({ argv: ['mkdir', '-p', '-m', '700', ...folders], timeoutMs: TOOL_TIMEOUT_MS });
    await machine.writeFile(LAYOUT.accounts, renderMemberAccounts(credentials), { mode: 0o600 });
    await machine.writeFile(GROUP_LAYOUT.starter, MEMBER_STARTER, { mode: 0o600 });
    const server = await this.programs.program(node, 'mariadbd');
    const argv = ['sh', pathOn(node, GROUP_LAYOUT.starter), server, pathOn(node, LAYOUT.config), pathOn(node, GROUP_LAYOUT.state)] as const;
    // The scripts of a state transfer look for programs by their names, and leave files behind when they are killed.
    const folder = server.slice(0, server.lastIndexOf('/'));
    await machine.ensureService({ name: SERVICE, argv: [...argv], env: { PATH: `${folder}:${SYSTEM_PATH}`, TMPDIR: pathOn(node, GROUP_LAYOUT.transfer) }, stopSignal: 'SIGTERM' });
  }

  /** Answers when the member takes writes. One that ends again and again is stopped, so that it does not ask the others for ever. */
  async waitUntilSynced(node: EngineNode, credentials: EngineCredentials, signal?: AbortSignal): Promise<void> {
    const starts = new Set<number>();
    let countedAt = -Infinity;
    await waitFor(
      async () => {
        const seen = await memberHealth(node, credentials);
        if (seen.reachable && seen.writable) return true;
        if (performance.now() - countedAt < STARTS_POLL_MS) return undefined;
        countedAt = performance.now();
        const { pid } = await node.machine.serviceStatus(SERVICE);
        if (pid !== undefined) starts.add(pid);
        if (starts.size > STARTS_MAX) {
          const logTail = await this.programs.logTail(node);
          await this.programs.stopInAnyCase(node);
          throw new ServerDidNotStart(node.name, `it was started ${STARTS_MAX} times and did not get in sync with its group; it is stopped.`, logTail);
        }
        return undefined;
      },
      {
        timeoutMs: TRANSFER_TIMEOUT_MS,
        intervalMs: POLL_MS,
        ...(signal ? { signal } : {}),
        onTimeout: async () => new ServerDidNotStart(node.name, 'it did not get in sync with its group.', await this.programs.logTail(node)),
      },
    );
  }

  /** A full member says goodbye; one that never got there is ended: nobody misses it. */
  async stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    const { machine } = node;
    if ((await machine.serviceStatus(SERVICE)).state === 'absent') return;
    const seen = await memberHealth(node, credentials);
    if (!seen.reachable || !seen.hasQuorum) return this.programs.stopInAnyCase(node);
    // A stop lets them wait for seconds; ended at once they go on with another member.
    await withSession(MARIADB, node, credentials.superuser, (session) => endClients(session, credentials));
    try {
      await machine.stopService(SERVICE, { timeoutMs, killAfterTimeout: false });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      throw new StopTimedOut(node.name, `it did not stop in ${timeoutMs} ms. Once it has, its machine starts it again.`, await this.programs.logTail(node));
    }
  }
}
