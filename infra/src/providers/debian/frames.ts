/** Longest piece of input in one frame. */
const PIECE_BYTES_MAX = 64 * 1024;
/** The runner takes 45 s without a sign of life for a cut connection. */
const SIGN_OF_LIFE_EVERY_MS = 10_000;

/** What the runner and sessions read: a letter, the content's length, the content. See runner-script.ts and session-script.ts. */
export const frame = (letter: 'J' | 'E' | 'I' | 'C' | '.', content: Uint8Array = new Uint8Array()): Uint8Array => {
  const header = Buffer.alloc(5);
  header.write(letter, 'latin1');
  header.writeUInt32BE(content.length, 1);
  return Buffer.concat([header, content]);
};

/** Standard input of the runner: environment, the command's input, then signs of life until `over`. */
export async function* framesFor(env: Readonly<Record<string, string>>, input: AsyncIterable<Uint8Array>, over: AbortSignal): AsyncGenerator<Uint8Array> {
  yield frame('E', Buffer.from(Object.entries(env).map(([key, value]) => `${key}=${value}\0`).join('')));
  const pieces = input[Symbol.asyncIterator]();
  try {
    let next: Promise<IteratorResult<Uint8Array> | undefined> | undefined = pieces.next();
    while (!over.aborted) {
      const got = await soon(over, next);
      if (got === 'over') return;
      if (got === 'quiet' || next === undefined) yield frame('.');
      else if (got === undefined || got.done === true) {
        next = undefined;
        yield frame('C');
      } else {
        for (let at = 0; at < got.value.length; at += PIECE_BYTES_MAX) yield frame('I', got.value.subarray(at, at + PIECE_BYTES_MAX));
        next = pieces.next();
      }
    }
  } finally {
    // Not waited for: a source that hangs must not keep the command's end from being told.
    void pieces.return?.().catch(() => undefined);
  }
}

/** The next piece, or that there was none for a while, or that no more is wanted. */
const soon = <T>(over: AbortSignal, next: Promise<T> | undefined): Promise<T | 'over' | 'quiet'> =>
  new Promise((resolve, reject) => {
    const onOver = (): void => settle(() => resolve('over'));
    const timer = setTimeout(() => settle(() => resolve('quiet')), SIGN_OF_LIFE_EVERY_MS);
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', onOver);
      how();
    };
    over.addEventListener('abort', onOver, { once: true });
    next?.then((value) => settle(() => resolve(value)), (problem: unknown) => settle(() => reject(problem instanceof Error ? problem : new Error('The input failed.', { cause: problem }))));
  });

/** One piece, or none. */
export async function* onePiece(content: string | Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (content !== undefined && content.length > 0) yield typeof content === 'string' ? Buffer.from(content) : content;
}

/** Standard input of a session: frames as they come, with signs of life between them. */
export class FrameFeed implements AsyncIterable<Uint8Array> {
  private readonly frames: Uint8Array[] = [];
  private ended = false;
  private arrived: (() => void) | undefined;

  get isEnded(): boolean {
    return this.ended;
  }

  push(content: Uint8Array): void {
    this.frames.push(content);
    this.arrived?.();
  }

  end(): void {
    this.ended = true;
    this.arrived?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (!this.ended || this.frames.length > 0) {
      const next = this.frames.shift();
      if (next !== undefined) yield next;
      else if (!(await this.comesSoon())) yield frame('.');
    }
  }

  private comesSoon(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), SIGN_OF_LIFE_EVERY_MS);
      this.arrived = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
