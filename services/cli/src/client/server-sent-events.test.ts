import { describe, expect, it } from '@jest/globals';
import { readServerSentEvents } from './server-sent-events.js';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

const read = async (...texts: string[]) => {
  const events = [];
  for await (const event of readServerSentEvents(pieces(...texts))) events.push(event);
  return events;
};

describe('a stream of events', () => {
  it('is read over the borders of its pieces', async () => {
    expect(await read('id: 7\nevent: fa', 'ct\ndata: {"a":', '1}\n\n: heartbeat\n\ndata: x\ndata: y\n\n')).toEqual([
      { id: '7', event: 'fact', data: '{"a":1}' },
      { event: 'message', data: 'x\ny' },
    ]);
  });
  it('knows Windows line ends, and drops what is not whole', async () => {
    expect(await read('data: a\r\n\r', '\ndata: half')).toEqual([{ event: 'message', data: 'a' }]);
  });
});
