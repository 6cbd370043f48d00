/** One event of a stream, as the HTML standard's event stream format has it. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: string;
}

/** Reads events as they come, until the stream ends. Comments (heartbeats) are passed over. */
export async function* readServerSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    rest = (rest + decoder.decode(piece, { stream: true })).replaceAll('\r\n', '\n');
    let end: number;
    while ((end = rest.indexOf('\n\n')) >= 0) {
      const event = parseEvent(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event !== undefined) yield event;
    }
  }
}

/** Undefined for a block without data. */
const parseEvent = (block: string): ServerSentEvent | undefined => {
  const fields = block.split('\n').flatMap((line) => {
    const [, name, value] = /^([a-z]+)(?:: ?(.*))?$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: value ?? '' }];
  });
  const data = fields.filter(({ name }) => name === 'data').map(({ value }) => value);
  if (data.length === 0) return undefined;
  const id = fields.find(({ name }) => name === 'id')?.value;
  return { event: fields.find(({ name }) => name === 'event')?.value ?? 'message', data: data.join('\n'), ...(id === undefined ? {} : { id }) };
};
