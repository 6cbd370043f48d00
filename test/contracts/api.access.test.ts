import { createApi, PERMISSIONS } from '@holdfast/api';
import { ApiTokens, TOKEN_MEMORY_MS } from '@holdfast/infra/access';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { ApiHarness, expectProblem } from './api.harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open();
}, 60_000);
afterAll(() => api.close());

const GUARDED = Object.entries(PERMISSIONS).filter(([, permission]) => permission !== 'public');
const PUBLIC = Object.entries(PERMISSIONS).filter(([, permission]) => permission === 'public');
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const requestOf = (route: string): [Method, string] => {
  const [method, path] = route.split(' ') as [Method, string];
  return [method, `/${path.replaceAll(/\{\w+\}/g, 'x')}`];
};
/** Its last 43 characters, which may have underscores among them. */
const secretOf = (token: string): string => token.slice(-43);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('every route', () => {
  it.each(GUARDED)('%s needs a token, and one with %s', async (route, permission) => {
    const [method, path] = requestOf(route);
    const before = await api.factCount();
    expectProblem(await api.request(method, path, undefined, { authorization: '' }), 401, 'unauthenticated');
    const others = [...new Set(GUARDED.map(([, other]) => other))].filter((other) => other !== permission);
    const { token } = await api.tokens.createToken({ actor: 'token:narrow', permissions: others });
    expect(expectProblem(await api.request(method, path, undefined, bearer(token)), 403, 'forbidden').detail).toContain(permission);
    expect(await api.factCount()).toBe(before);
  });

  it.each(GUARDED.filter(([route]) => route !== 'GET /v1/events'))('%s lets a token with %s alone pass', async (route, permission) => {
    const [method, path] = requestOf(route);
    const { token } = await api.tokens.createToken({ actor: 'token:exact', permissions: [permission] });
    expect([401, 403]).not.toContain((await api.request(method, path, undefined, bearer(token))).status);
  });

  it.each(PUBLIC.filter(([route]) => route.startsWith('GET') && !route.includes('*')))('%s needs none', async (route) => {
    const [method, path] = requestOf(route);
    expect([401, 403, 500]).not.toContain((await api.request(method, path, undefined, { authorization: '' })).status);
  });

  it('is served only when it is listed: a module with another does not start', async () => {
    @Controller('v1/secret')
    class UnlistedController {
      @Get()
      read(): string {
        return 'unguarded';
      }
    }
    await expect(createApi(api.dependencies, [UnlistedController])).rejects.toThrow('Routes without a permission in access/permissions.ts: GET /v1/secret.');
  });
});

describe('a token', () => {
  const status = async (token: string): Promise<number> => (await api.request('GET', '/catalogue/plans', undefined, bearer(token))).status;

  it('is refused when it is unknown, cut, changed, expired, or no token', async () => {
    const { token } = await api.tokens.createToken({ actor: 'token:one' });
    const expired = await api.tokens.createToken({ actor: 'token:one', expiresAt: new Date(Date.now() - 1000) });
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const bad of [changed, token.slice(0, -1), expired.token, 'admin', 'hf_pat_0011223344556677_0123456789012345678901234567890123456789012']) {
      const reply = await api.request('GET', '/catalogue/plans', undefined, bearer(bad));
      expectProblem(reply, 401, 'unauthenticated');
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm="holdfast"/);
    }
    expect(await status(token)).toBe(200);
    expectProblem(await api.request('GET', '/catalogue/plans', undefined, { authorization: `Basic ${token}` }), 401, 'unauthenticated');
  });

  it('that is revoked is refused within a second, also when it was just used', async () => {
    const { id, token } = await api.tokens.createToken({ actor: 'token:short' });
    expect(await status(token)).toBe(200);
    expect((await api.request('DELETE', `/tokens/${id}`)).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, TOKEN_MEMORY_MS));
    expect(await status(token)).toBe(401);
    expectProblem(await api.request('DELETE', '/tokens/none'), 404, 'unknown-token');
  });

  it('is shown once, and stored as a hash alone', async () => {
    const { body } = await api.post('/tokens', { name: 'ci', permissions: ['cluster.read'], expiresAt: '2999-01-01T00:00:00Z' });
    expect(body.token).toMatch(/^hf_pat_/);
    const listed = await api.get('/tokens');
    expect(listed.body.items.find((item: { id: string }) => item.id === body.id)).toMatchObject({ actor: 'token:ci', permissions: ['cluster.read'], expiresAt: '2999-01-01T00:00:00.000Z' });
    const secret = secretOf(body.token);
    const { rows } = await api.store.pool.query<{ text: string }>('select t::text as text from access.api_tokens t');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify([rows, listed.body])).not.toContain(secret);
    expectProblem(await api.post('/tokens', { name: 'No Name', permissions: ['everything'] }), 400, 'malformed-request');
  });

  it('never stands in the log', async () => {
    const { token } = await api.tokens.createToken({ actor: 'token:quiet' });
    await status(token);
    expect(api.log.join('')).toContain('/v1/catalogue/plans');
    expect(api.log.join('')).not.toContain(secretOf(token));
  });

  it('is checked before the body is read', async () => {
    expectProblem(await api.request('POST', '/clusters', 'x'.repeat(5 * 1024 * 1024), { authorization: '' }), 401, 'unauthenticated');
  });

  it('is made in tables that two processes may create at once', async () => {
    await Promise.all([new ApiTokens(api.store.pool).migrate(), new ApiTokens(api.store.pool).migrate()]);
  });
});

describe('answers', () => {
  it('carry the headers that browsers need to be careful', async () => {
    const { headers } = await api.get('/catalogue/plans');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN', 'content-security-policy': expect.stringContaining("default-src 'self'") });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('carry the caller’s correlation id, or a new one for what is none', async () => {
    expect((await api.get('/catalogue/plans', { 'x-correlation-id': 'trace-7' })).headers['x-correlation-id']).toBe('trace-7');
    expect((await api.get('/catalogue/plans', { 'x-correlation-id': 'no\tway' })).headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('of the codec alone are for Temporal’s pages', async () => {
    const origin = 'http://127.0.0.1:7402';
    const asking = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type,x-namespace' };
    expect((await api.request('OPTIONS', '/codec/decode', undefined, asking)).headers['access-control-allow-origin']).toBe(origin);
    expect((await api.request('OPTIONS', '/codec/decode', undefined, { ...asking, origin: 'http://evil.example' })).headers['access-control-allow-origin']).toBeUndefined();
    expect((await api.request('OPTIONS', '/clusters', undefined, asking)).headers['access-control-allow-origin']).toBeUndefined();
    const payloads = [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'e30=' }];
    expect((await api.post('/codec/decode', { payloads }, { origin })).body).toEqual({ payloads });
    expectProblem(await api.post('/codec/decode', { payloads: [{ data: '%' }] }), 400, 'malformed-request');
  });
});
