import { setTimeout as delay } from 'node:timers/promises';
import { acknowledges } from '../acknowledges.js';
import type { ShardClient } from './shard-client.js';

const LANES = 4;
const PAUSE_MS = 2;
const READ_LANES = 32;
/** Written before a change, and after it. */
const KEYS_AROUND = 100;

/** Writes new keys through a cluster client in a few lanes, and notes what was acknowledged, how long each took, and every error. */
export class ShardWriter {
  readonly acknowledged: string[] = [];
  readonly errors: string[] = [];
  readonly latenciesMs: number[] = [];
  /** When each acknowledged write began, milliseconds since 1970, in the order of the latencies. */
  readonly begunAtMs: number[] = [];
  private stopped = false;
  private next = 0;
  private readonly done: Promise<unknown>;

  constructor(
    private readonly client: ShardClient,
    private readonly prefix: string,
  ) {
    this.done = Promise.all(Array.from({ length: LANES }, () => this.work()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  /** How long each write took that began between the two instants, milliseconds since 1970. */
  latenciesBetween(fromMs: number, toMs: number): number[] {
    return this.latenciesMs.filter((_, at) => (this.begunAtMs[at] ?? 0) >= fromMs && (this.begunAtMs[at] ?? 0) <= toMs);
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const key = `${this.prefix}:${this.next++}`;
      const begun = performance.now();
      try {
        await this.client.write(key, key);
        this.acknowledged.push(key);
        this.latenciesMs.push(performance.now() - begun);
        this.begunAtMs.push(performance.timeOrigin + begun);
      } catch (error) {
        this.errors.push(String(error));
      }
      await delay(PAUSE_MS);
    }
  }
}

/** Runs `change` while a client writes, before it and after it, too; answers the writer, which has stopped. */
export const whileShardsAreWritten = async (client: ShardClient, prefix: string, change: () => Promise<unknown>): Promise<ShardWriter> => {
  const writer = new ShardWriter(client, prefix);
  try {
    await acknowledges(writer, KEYS_AROUND);
    await change();
    await acknowledges(writer, KEYS_AROUND);
  } finally {
    await writer.stop();
  }
  return writer;
};

export const percentile = (values: readonly number[], share: number): number => [...values].sort((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

/** What was acknowledged and cannot be read, or reads otherwise. */
export const lostBy = async (client: ShardClient, writer: ShardWriter): Promise<string[]> => {
  const [waiting, lost]: [string[], string[]] = [[...writer.acknowledged], []];
  const lane = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) if ((await client.read(key)) !== key) lost.push(key);
  };
  await Promise.all(Array.from({ length: READ_LANES }, lane));
  return lost;
};
