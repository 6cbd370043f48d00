import type { Client } from 'ssh2';
import { quoteForShell, TransportFailed, type Transport, type TransportCommand } from '../debian/transport.js';
import { NoChannel, runOnConnection } from './ssh-channel.js';
import { DEFAULT_SSH_LIMITS, openConnection, placeOf, SshConnectFailed, type SshLimits, type SshTarget } from './ssh-connection.js';

/** Below sshd's MaxSessions of 10 (sshd_config(5)): a program that was given up may still hold its place for a moment. */
const PROGRAMS_PER_CONNECTION = 8;

interface Connection {
  readonly client: Promise<Client>;
  programs: number;
  isOver: boolean;
  idle?: NodeJS.Timeout;
}

/**
 * Programs on one server over SSH, as root. Connections are kept and used again, watched by signs of life, and closed when nobody
 * has used them for a while. A program whose connection is cut, or that is given up, reads the end of its standard input.
 */
export class SshTransport implements Transport {
  private readonly connections = new Set<Connection>();

  constructor(
    private readonly target: SshTarget,
    private readonly limits: SshLimits = DEFAULT_SSH_LIMITS,
  ) {}

  /** Throws SshConnectFailed when there is no connection: then nothing was started. */
  async exec(command: TransportCommand): Promise<number> {
    const argv = this.target.user === 'root' ? command.argv : ['sudo', '-n', '--', ...command.argv];
    return this.execAsUser({ ...command, argv: argv as TransportCommand['argv'] });
  }

  /** As the account that logs in, for questions before it is known whether that may become root. */
  async execAsUser(command: TransportCommand): Promise<number> {
    try {
      return await this.execOnSome(command);
    } catch (problem) {
      if (!(problem instanceof TransportFailed) || problem instanceof SshConnectFailed) throw problem;
      throw new TransportFailed(`${placeOf(this.target)}: ${problem.message}`, { cause: problem });
    }
  }

  private async execOnSome(command: TransportCommand): Promise<number> {
    const line = quoteForShell(command.argv);
    for (let isFirst = true; ; isFirst = false) {
      command.signal.throwIfAborted();
      const connection = isFirst ? this.withRoom() : this.open();
      connection.programs += 1;
      clearTimeout(connection.idle);
      try {
        const client = await unlessAborted(connection.client, command.signal);
        return await runOnConnection(client, line, command);
      } catch (problem) {
        // A connection that had died unnoticed, or was full, is not the end: a new one may do.
        if (!(problem instanceof NoChannel) || !isFirst) throw problem;
        this.forget(connection);
      } finally {
        connection.programs -= 1;
        this.restIfUnused(connection);
      }
    }
  }

  /** Ends what runs over it; it may be used again all the same. */
  async close(): Promise<void> {
    for (const connection of this.connections) {
      clearTimeout(connection.idle);
      this.forget(connection);
      await connection.client.then((client) => client.destroy(), () => undefined); // One that failed has nothing to close.
    }
  }

  private withRoom(): Connection {
    for (const connection of this.connections) if (!connection.isOver && connection.programs < PROGRAMS_PER_CONNECTION) return connection;
    return this.open();
  }

  private open(): Connection {
    const connection: Connection = { client: openConnection(this.target, this.limits), programs: 0, isOver: false };
    this.connections.add(connection);
    connection.client.then(
      (client) => client.once('close', () => this.forget(connection)),
      () => this.forget(connection),
    );
    return connection;
  }

  /** Those that use it go on; nobody begins to. */
  private forget(connection: Connection): void {
    connection.isOver = true;
    this.connections.delete(connection);
  }

  private restIfUnused(connection: Connection): void {
    if (connection.programs > 0) return;
    const end = (): void => {
      this.forget(connection);
      void connection.client.then((client) => client.end(), () => undefined); // One that failed has nothing to close.
    };
    if (connection.isOver) return end();
    clearTimeout(connection.idle);
    connection.idle = setTimeout(end, this.limits.idleMs).unref();
  }
}

const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('It was given up.', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
