/** One server-sent event. */
export interface SseEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

const LIMIT_MS = 40_000;

/** Reads a stream of server-sent events one after the other, as a browser would. */
export class SseReader {
  private text = '';
  private readonly decoder = new TextDecoder();

  private constructor(
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    private readonly ending: AbortController,
  ) {}

  static async open(url: string, headers: Record<string, string>): Promise<SseReader> {
    const ending = new AbortController();
    const response = await fetch(url, { headers, signal: ending.signal });
    if (response.status !== 200 || response.body === null) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return new SseReader(response.body.getReader(), ending);
  }

  /** The next events; throws when the stream ends before, or nothing more comes in time. */
  async take(count: number): Promise<SseEvent[]> {
    const events: SseEvent[] = [];
    const timer = setTimeout(() => this.ending.abort(new Error(`${events.length} of ${count} events came within ${LIMIT_MS} ms.`)), LIMIT_MS);
    try {
      while (events.length < count) {
        const block = await this.nextBlock();
        const event = parse(block);
        if (event !== undefined) events.push(event);
      }
      return events;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.reader.closed.catch(() => undefined); // It was ended on purpose.
  }

  private async nextBlock(): Promise<string> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.reader.read();
      if (done) throw new Error('The stream ended.');
      this.text += this.decoder.decode(value, { stream: true });
    }
  }
}

/** Comments, and blocks without data, are no events. */
const parse = (block: string): SseEvent | undefined => {
  const fields = new Map(block.split('\n').map((line) => [line.split(': ', 1)[0] ?? '', line.slice(line.indexOf(': ') + 2)]));
  const data = fields.get('data');
  return data === undefined ? undefined : { id: fields.get('id') ?? '', type: fields.get('event') ?? 'message', data };
};
