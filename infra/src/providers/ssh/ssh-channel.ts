import { constants } from 'node:os';
import type { Client, ClientChannel } from 'ssh2';
import { TransportFailed, type TransportCommand } from '../debian/transport.js';

/** After the program's end, its output is waited for as long as some comes within this; a child of it may hold it open for ever. */
const DRAIN_MS = 2_000;

/** The connection has no room for another program, or is gone: nothing was started. */
export class NoChannel extends TransportFailed {}

/** Starts the program and follows it to its end; answers its exit code. See Transport.exec. Throws NoChannel. */
export const runOnConnection = (client: Client, line: string, command: Omit<TransportCommand, 'argv'>): Promise<number> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reasonOf(command.signal));
    command.signal.addEventListener('abort', onAbort, { once: true });
    // Followed within the callback: what the server says next may come in the same packet.
    const done = (problem: Error | undefined, channel?: ClientChannel): void => {
      command.signal.removeEventListener('abort', onAbort);
      if (channel === undefined) reject(new NoChannel(`The host starts no program now: ${problem?.message ?? 'it gave no reason'}.`, { cause: problem }));
      else resolve(followChannel(channel, command));
    };
    try {
      client.exec(line, done);
    } catch (problem) {
      done(problem instanceof Error ? problem : new Error(String(problem)));
    }
  });

/** Feeds the program and hands its output over until it has ended. */
const followChannel = (channel: ClientChannel, command: Omit<TransportCommand, 'argv'>): Promise<number> =>
  new Promise((resolve, reject) => {
    let exitCode: number | undefined;
    let drained: NodeJS.Timeout | undefined;
    let lastHeard = performance.now();
    const pending = new Set<Promise<void>>();
    const input = command.stdin[Symbol.asyncIterator]();
    const settle = (finish: () => void): void => {
      clearInterval(drained);
      command.signal.removeEventListener('abort', onAbort);
      void input.return?.().catch(() => undefined); // What feeds it has nobody left to tell.
      // The other side reads the end of its input, whatever it does.
      channel.close();
      finish();
    };
    const fail = (problem: unknown): void => settle(() => reject(problem instanceof Error ? problem : new Error('What was told the output failed.', { cause: problem })));
    const onAbort = (): void => fail(reasonOf(command.signal));
    const hand = (stream: 'stdout' | 'stderr') => (piece: Buffer) => {
      lastHeard = performance.now();
      const taken = handOver(command, stream, piece, stream === 'stdout' ? channel : channel.stderr);
      if (taken === undefined) return;
      pending.add(taken);
      taken.then(() => pending.delete(taken), fail);
    };
    const finishIfQuiet = (): void => {
      if (pending.size === 0 && performance.now() - lastHeard >= DRAIN_MS) settle(() => resolve(exitCode ?? 0));
    };
    command.signal.addEventListener('abort', onAbort, { once: true });
    if (command.signal.aborted) return onAbort();
    channel.on('data', guarded(hand('stdout'), fail));
    channel.stderr.on('data', guarded(hand('stderr'), fail));
    channel.on('error', fail);
    channel.once('exit', (code: number | null, signalName?: string) => {
      exitCode = code ?? 128 + numberOf(signalName);
      lastHeard = performance.now();
      drained = setInterval(finishIfQuiet, DRAIN_MS / 4);
    });
    // Each stream says its own end; what was paused comes before it.
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open > 0) return;
      const ended = exitCode;
      if (ended === undefined) fail(new TransportFailed('The connection was cut before the program had ended.'));
      else void Promise.allSettled(pending).then(() => settle(() => resolve(ended)));
    };
    channel.once('close', closed);
    channel.stderr.once('close', closed);
    feed(channel, input).catch(fail);
  });

const guarded =
  (act: (piece: Buffer) => void, fail: (problem: unknown) => void) =>
  (piece: Buffer): void => {
    try {
      act(piece);
    } catch (problem) {
      fail(problem);
    }
  };

/** While the piece is being taken, nothing more is read, so that the program is held back. */
const handOver = (command: Pick<TransportCommand, 'onOutput'>, stream: 'stdout' | 'stderr', piece: Buffer, source: NodeJS.ReadableStream): Promise<void> | undefined => {
  const taken = command.onOutput(stream, piece);
  if (taken === undefined) return undefined;
  source.pause();
  return taken.then(() => void source.resume());
};

/** Sends as the other side takes it. Ends, without a word, when the program has ended: its exit code says whether that was wrong. */
const feed = async (channel: ClientChannel, input: AsyncIterator<Uint8Array>): Promise<void> => {
  for (;;) {
    const next = await input.next();
    if (next.done === true) break;
    if (channel.destroyed || !channel.writable) return;
    if (!channel.write(next.value)) await roomIn(channel);
  }
  if (channel.writable) channel.end();
};

const roomIn = (channel: ClientChannel): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      channel.off('drain', done);
      channel.off('close', done);
      resolve();
    };
    channel.once('drain', done);
    channel.once('close', done);
  });

const isSignal = (name: string): name is NodeJS.Signals => name in constants.signals;
/** RFC 4254, 6.10 names signals without SIG. */
const numberOf = (name = ''): number => (isSignal(`SIG${name}`) ? constants.signals[`SIG${name}` as NodeJS.Signals] : 0);
const reasonOf = (signal: AbortSignal): Error => (signal.reason instanceof Error ? signal.reason : new Error('It was given up.', { cause: signal.reason }));
