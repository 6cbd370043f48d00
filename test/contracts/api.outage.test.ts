import { createApi } from '@holdfast/api';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiHarness, expectProblem } from './api.harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open();
}, 60_000);
afterAll(() => api.close());

const DEPLOYMENT = { engine: 'postgresql', version: '18', nodes: 1 };
const parts = async (): Promise<[number, Record<string, boolean>]> => {
  const { status, body } = await api.get('//readyz');
  return [status, Object.fromEntries(body.parts.map((part: { name: string; ok: boolean }) => [part.name, part.ok]))];
};

describe('while Temporal is away', () => {
  it('commands are accepted, and readiness says what is missing', async () => {
    expect((await api.post('/clusters', { name: 'patient', ...DEPLOYMENT })).status).toBe(202);
    expect(await parts()).toEqual([200, { 'event-store': true, 'read-models': false, temporal: false }]);
  });
});

describe('while the projector is away', () => {
  it('an operation is found by a process that did not accept it', async () => {
    const { operation } = (await api.post('/clusters', { name: 'unprojected', ...DEPLOYMENT })).body;
    const other = await createApi(api.dependencies);
    const reply = await other.inject({ method: 'GET', url: `/v1/operations/${operation.id}`, headers: { authorization: `Bearer ${api.token}` } });
    expect(reply.json()).toMatchObject({ id: operation.id, state: 'accepted' });
    await other.close();
  });
});

describe('while the event store is away', () => {
  it('everything that needs it is answered 503 within two seconds, and works again once it is back', async () => {
    await api.server.kill();
    try {
      for (const [method, path, body] of [
        ['POST', '/clusters', { name: 'lost', ...DEPLOYMENT }],
        ['GET', '/clusters/patient', undefined],
        ['GET', '/clusters', undefined],
        ['GET', '/audit', undefined],
        ['GET', '/events', undefined],
      ] as const) {
        const before = performance.now();
        const reply = await api.request(method, path, body);
        expect(performance.now() - before).toBeLessThan(10_000);
        expectProblem(reply, 503, 'event-store-unavailable');
        expect(reply.headers['retry-after']).toBe('2');
      }
      expect((await parts())[0]).toBe(503);
      expect((await api.get('//healthz')).status).toBe(200);
    } finally {
      await api.server.start();
    }
    expect((await api.post('/clusters', { name: 'lost', ...DEPLOYMENT })).status).toBe(202);
  }, 60_000);
});

describe('numbers about the process', () => {
  it('tell how long requests took, by route', async () => {
    await api.get('/clusters/patient');
    const { body, headers } = await api.get('//metrics');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(body).toMatch(/holdfast_http_request_duration_seconds_count\{route="GET \/v1\/clusters\/\{cluster\}",status="200"\} \d+/);
  });
});
