import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventFeed, eventStream } from '@holdfast/api';
import { TOKEN_MEMORY_MS } from '@holdfast/infra/access';
import { eventually } from '../support/api-client.js';
import { ApiHarness } from './api.harness.js';
import { SseReader } from '../support/sse-reader.js';

let api: ApiHarness;
let url: string;
beforeAll(async () => {
  api = await ApiHarness.open();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  url = await api.app.getUrl();
}, 60_000);
afterAll(() => api.close());

const deploy = async (name: string): Promise<{ id: string; position: string }> => {
  const { operation, position } = (await api.post('/clusters', { name, engine: 'postgresql', version: '18', nodes: 1 })).body;
  return { id: operation.cluster.id, position };
};
const follow = (query = '', headers: Record<string, string> = {}): Promise<SseReader> =>
  SseReader.open(`${url}/v1/events${query}`, { authorization: `Bearer ${api.token}`, ...headers });

describe('the stream of facts', () => {
  it('tells each new fact with its position as the id', async () => {
    const reader = await follow();
    const { id, position } = await deploy('live');
    const events = await reader.take(2);
    expect(events.map((event) => event.type)).toEqual(['ClusterRequested', 'OperationAccepted']);
    expect(events[1]?.id).toBe(position);
    expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({ stream: `cluster-${id}`, version: 0, data: { name: 'live' }, meta: { actor: 'token:admin' } });
    await reader.close();
  });

  it('goes on after Last-Event-ID, with nothing missed and nothing twice', async () => {
    const first = await follow();
    await deploy('before');
    const [seen] = await first.take(1);
    await first.close();
    await deploy('meanwhile');
    const second = await follow('', { 'last-event-id': seen?.id ?? '' });
    await deploy('after');
    const missed = await second.take(5);
    await second.close();
    expect(missed.map((event) => event.type)).toEqual(['OperationAccepted', 'ClusterRequested', 'OperationAccepted', 'ClusterRequested', 'OperationAccepted']);
    expect(missed.map((event) => event.id)).toEqual(missed.map((event) => event.id).sort());
  });

  it('holds only the stream and the types that were asked for', async () => {
    const other = await deploy('other');
    const reader = await follow(`?stream=cluster-${other.id}&types=SettingsChanged`);
    const beginnings = await follow('?stream=cluster-*&types=ClusterRequested');
    await deploy('unrelated');
    await api.facts.deployed(other.id);
    await api.request('PUT', `/clusters/${other.id}/settings`, { terminationProtection: true });
    expect((await reader.take(1)).map((event) => event.type)).toEqual(['SettingsChanged']);
    expect(JSON.parse((await beginnings.take(1))[0]?.data ?? '').data.name).toBe('unrelated');
    await Promise.all([reader.close(), beginnings.close()]);
  });

  it('of 500 facts comes whole to ten watchers at once', async () => {
    const { position } = await deploy('many');
    const facts = Array.from({ length: 500 }, (_, index) => ({ type: 'SettingsChanged' as const, data: { clusterId: 'x', terminationProtection: index % 2 === 0 } }));
    const readers = await Promise.all(Array.from({ length: 10 }, () => follow('?stream=cluster-x', { 'last-event-id': position })));
    for (let at = 0; at < facts.length; at += 50) await api.facts.append('x', ...facts.slice(at, at + 50));
    for (const events of await Promise.all(readers.map((reader) => reader.take(500)))) {
      expect(events.map((event) => JSON.parse(event.data).version)).toEqual(Array.from({ length: 500 }, (_, version) => version));
    }
    await Promise.all(readers.map((reader) => reader.close()));
  });

  it('outlives the event store’s server: what came afterwards is told', async () => {
    const reader = await follow('?types=ClusterRequested');
    await api.server.kill();
    await api.server.start();
    const { id } = await deploy('risen');
    expect(JSON.parse((await reader.take(1))[0]?.data ?? '').data.clusterId).toBe(id);
    await reader.close();
  }, 60_000);

  it('ends for a token that is revoked, before the next fact', async () => {
    const { id, token } = await api.tokens.createToken({ actor: 'token:guest' });
    const reader = await follow('', { authorization: `Bearer ${token}` });
    await api.tokens.revokeToken(id);
    await new Promise((resolve) => setTimeout(resolve, TOKEN_MEMORY_MS));
    await deploy('unseen');
    await expect(reader.take(1)).rejects.toThrow('The stream ended.');
  });

  it('gives a sign of life while nothing happens, which moves the place to go on from', async () => {
    const { position } = await deploy('quiet');
    const gone = new AbortController();
    const feed = new EventFeed(api.store);
    const events = eventStream(api.store, feed, { after: position, types: ['NothingOfThis'] }, { signal: gone.signal, stillAllowed: async () => true }, 50);
    expect((await events.next()).value).toBe('retry: 1000\n\n');
    expect((await events.next()).value).toMatch(/^: heartbeat\n/);
    const { position: later } = await deploy('louder');
    await eventually('the heartbeat moves on', 30_000, async () => (String((await events.next()).value).includes(`id: ${later}`) ? true : undefined));
    gone.abort();
    await feed.close();
  });

  it('ends when the API stops', async () => {
    const reader = await follow();
    await api.app.close();
    await expect(reader.take(1)).rejects.toThrow();
  });
});
