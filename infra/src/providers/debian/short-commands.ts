import { Session, type ShortCommand } from './session.js';
import { TransportFailed, type Transport } from './transport.js';

/** Beside each other on one machine; more wait. SSH has places for eight programs on a connection. */
const SESSIONS_MAX = 4;
/** Commands of one operation follow each other closely; a machine that is left alone has nothing of ours running. */
const IDLE_MS = 2_000;

/** Runs short commands on one machine in sessions that are kept for the next ones. */
export class ShortCommands {
  private readonly idle = new Map<Session, NodeJS.Timeout>();
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(private readonly transport: Transport) {}

  /** As `Session.run`. */
  async run(command: ShortCommand, over: AbortSignal): Promise<number> {
    if (this.running >= SESSIONS_MAX) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.running += 1;
    try {
      const kept = this.takeIdle();
      if (kept === undefined) return await this.runIn(new Session(this.transport), command, over);
      let isHeard = false;
      const onOutput: ShortCommand['onOutput'] = (...output) => {
        isHeard = true;
        return command.onOutput(...output);
      };
      try {
        return await this.runIn(kept, { ...command, onOutput }, over);
      } catch (problem) {
        // It may have ended while nobody used it, by a restart of the machine for one. Short commands may be repeated.
        if (!(problem instanceof TransportFailed) || isHeard || over.aborted) throw problem;
        return await this.runIn(new Session(this.transport), command, over);
      }
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private async runIn(session: Session, command: ShortCommand, over: AbortSignal): Promise<number> {
    try {
      return await session.run(command, over);
    } finally {
      if (this.transport.checksEach) session.close();
      else if (session.isOpen) this.keep(session);
    }
  }

  private keep(session: Session): void {
    const timer = setTimeout(() => {
      this.idle.delete(session);
      session.close();
    }, IDLE_MS);
    // The connection itself keeps the process until then.
    timer.unref();
    this.idle.set(session, timer);
  }

  private takeIdle(): Session | undefined {
    for (const [session, timer] of this.idle) {
      clearTimeout(timer);
      this.idle.delete(session);
      if (session.isOpen) return session;
    }
    return undefined;
  }
}
