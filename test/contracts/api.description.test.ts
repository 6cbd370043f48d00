import { readFileSync } from 'node:fs';
import { describeApi, PERMISSIONS } from '@holdfast/api';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiHarness } from './api.harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open();
}, 60_000);
afterAll(() => api.close());

const generated = JSON.parse(readFileSync(new URL('../../services/api/openapi.generated.json', import.meta.url), 'utf8'));

describe('the description of the API', () => {
  it('is served to everybody, and is the one that clients were made from', async () => {
    const reply = await api.request('GET', '/openapi.json', undefined, { authorization: '' });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(generated);
    expect(JSON.parse(JSON.stringify(await describeApi()))).toEqual(generated);
  });

  it('is valid OpenAPI 3.1', async () => {
    const config = await createConfig({ rules: { struct: 'error', 'no-unresolved-refs': 'error', 'operation-operationId-unique': 'error', 'path-parameters-defined': 'error', 'no-ambiguous-paths': 'off' } });
    const problems = await lintFromString({ source: JSON.stringify(generated), config });
    expect(problems.map(({ message, location }) => `${location[0]?.pointer} ${message}`)).toEqual([]);
  });

  it('names the permission of each route, and holds every route that has one', () => {
    const described = Object.entries<Record<string, { 'x-permission': string }>>(generated.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation['x-permission']]),
    );
    const listed = Object.entries(PERMISSIONS).filter(([route]) => !/docs|\*|openapi/.test(route));
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(listed));
  });

  it('tells problems as the other answer of every route', () => {
    for (const item of Object.values<Record<string, { responses: object }>>(generated.paths)) {
      for (const operation of Object.values(item)) {
        expect(operation.responses).toMatchObject({ default: { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } });
      }
    }
  });

  it('has pages', async () => {
    const reply = await api.request('GET', '//docs', undefined, { authorization: '' });
    expect([reply.status, reply.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    expect(reply.body).toContain('Holdfast API');
  });
});
