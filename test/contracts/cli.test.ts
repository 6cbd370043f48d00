// The manners of the command line: exit codes, what goes where, and that it never waits for somebody who is not there.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { accepted, CLUSTER } from './cli.sample.js';
import { problem, StubApi } from './cli.stub-api.js';

jest.setTimeout(30_000);

let api: StubApi;
beforeEach(async () => {
  api = new StubApi();
  await api.open();
});
afterEach(() => api.close());

describe('lists and documents', () => {
  const row = { ...CLUSTER, nodeCount: 2 };
  beforeEach(() => api.on('GET /v1/clusters', { body: { items: [row, { ...row, name: 'evil\u001b[2J\tname\n', status: 'deploying' }] } }));

  it('are tables in a terminal and tab-separated in a pipe', async () => {
    const piped = await api.holdfast(['clusters', 'list']);
    expect(piped.code).toBe(0);
    expect(piped.out.split('\n')[0]).toBe('shop\trunning\tpostgresql 18\tprimary-replica\t2\tlocal/local\tSMALL-1C-1G\t2026-11-21T06:01:00.000Z');
    const shown = await api.holdfast(['clusters', 'list'], { terminal: true });
    expect(shown.out).toMatch(/^NAME {2,}STATUS {2,}ENGINE/);
    expect((await api.holdfast(['clusters', 'list', '--no-headers'], { terminal: true })).out).not.toContain('NAME');
  });

  it('never hand control characters to a terminal', async () => {
    for (const terminal of [true, false]) {
      const { out } = await api.holdfast(['clusters', 'list'], { terminal });
      expect(out).toContain('evil\\x1b[2J\\tname\\n');
      expect(out).not.toContain('\u001b');
      expect(out.trimEnd().split('\n')).toHaveLength(terminal ? 3 : 2);
    }
  });

  it('are one document with --json, and nothing beside it', async () => {
    const { out, err, code } = await api.holdfast(['clusters', 'list', '--json'], { terminal: true });
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out).items[1].name).toBe('evil\u001b[2J\tname\n');
    expect(out).not.toContain('\u001b');
  });

  it('have colour only where a person looks and does not mind', async () => {
    const coloured = '\u001b[32mrunning';
    const env = { NO_COLOR: undefined };
    expect((await api.holdfast(['clusters', 'list'], { terminal: true, env })).out).toContain(coloured);
    expect((await api.holdfast(['clusters', 'list'], { terminal: true, env: { NO_COLOR: '1' } })).out).not.toContain(coloured);
    expect((await api.holdfast(['clusters', 'list', '--no-color'], { terminal: true, env })).out).not.toContain(coloured);
    expect((await api.holdfast(['clusters', 'list', '--json'], { terminal: true, env: { FORCE_COLOR: '1' } })).out).not.toContain('\u001b');
  });

  it('send the token from its file', async () => {
    await api.holdfast(['clusters', 'list', '--limit', '5']);
    expect(api.seen[0]?.headers.authorization).toBe('Bearer hf_pat_of_a_test');
    expect(api.seen[0]?.query.get('limit')).toBe('5');
  });
});

describe('a cluster', () => {
  it('is shown as it was at an instant', async () => {
    api.on('GET /v1/clusters/shop', { body: CLUSTER });
    const { out, code } = await api.holdfast(['clusters', 'show', 'shop', '--at', '2026-11-21T12:00:01+01:00'], { terminal: true });
    expect(code).toBe(0);
    expect(api.seen[0]?.query.get('at')).toBe('2026-11-21T11:00:01.000Z');
    expect(out).toContain('As it was at 2026-11-21T11:00:01.000Z');
    expect(out).toMatch(/Read-write +127\.0\.0\.9:6432 → pg-a1/);
    expect(out).toMatch(/pg-b2 +replica +reserved +- /);
    expect((await api.holdfast(['clusters', 'show', 'shop', '--at', 'soon'])).code).toBe(2);
  });
});

describe('refusals', () => {
  it('end with 2, the sentence, the code and what to do', async () => {
    api.on('POST /v1/clusters/shop/nodes', problem(409, 'cluster-busy', 'Cluster shop is busy with promote-node.', { operationId: 'promote-node-7' }));
    const { code, out, err } = await api.holdfast(['nodes', 'add', 'shop']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe('holdfast: Cluster shop is busy with promote-node.\n  code: cluster-busy\n  The running one: ./holdfast operations show promote-node-7\n');
  });

  it('are problem documents on standard output with --json, and keep their exit code', async () => {
    api.on('POST /v1/clusters', problem(422, 'invalid-request', 'Two things.', { errors: [{ field: 'nodes', code: 'too-many', detail: 'At most 16.' }] }));
    const { code, out, err } = await api.holdfast(['clusters', 'deploy', 'shop', '--engine', 'postgresql', '--nodes', '100', '--json']);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({ code: 'invalid-request', status: 422, errors: [{ field: 'nodes' }] });
  });

  it('tell all faults of a request', async () => {
    const errors = [
      { field: 'name', code: 'wrong-format', detail: 'Lower-case letters.' },
      { field: 'nodes', code: 'too-small', detail: 'At least 1.' },
    ];
    api.on('POST /v1/clusters', problem(400, 'malformed-request', 'The request is malformed.', { errors }));
    const { code, err } = await api.holdfast(['clusters', 'deploy', 'A B', '--engine', 'postgresql', '--nodes', '0']);
    expect(code).toBe(2);
    expect(err).toContain('  name: Lower-case letters.\n  nodes: At least 1.\n');
    expect(api.seen[0]?.body).toEqual({ name: 'A B', engine: 'postgresql', nodes: 0 });
  });

  it('by the command line itself suggest what was meant', async () => {
    for (const argv of [['clusters', 'lst'], ['cluster', 'list'], ['clusters', 'list', '--jsn']]) {
      const { code, out, err } = await api.holdfast(argv);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain('Did you mean');
    }
    const { code, out } = await api.holdfast(['clusters', 'show', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ code: 'malformed-command', detail: "missing required argument 'cluster'" });
    expect(api.seen).toEqual([]);
  });

  it('of the server side end with 1, or 4 when it cannot serve now', async () => {
    api.on('GET /v1/operations', problem(500, 'internal', 'A bug.'));
    expect((await api.holdfast(['operations', 'list'])).code).toBe(1);
    api.on('GET /v1/operations', problem(503, 'event-store-unavailable', 'The event store is away.'));
    expect((await api.holdfast(['operations', 'list'])).code).toBe(4);
  });
});

describe('an API that cannot be reached', () => {
  it('ends with 4 and says what to run', async () => {
    const { code, out, err } = await api.holdfast(['clusters', 'list'], { env: { HOLDFAST_API_URL: 'http://127.0.0.1:1' } });
    expect([code, out]).toEqual([4, '']);
    expect(err).toContain('The API at http://127.0.0.1:1 cannot be reached: nobody listens there.');
    expect(err).toContain('./holdfast up');
    const json = await api.holdfast(['clusters', 'list', '--json'], { env: { HOLDFAST_API_URL: 'http://127.0.0.1:1' } });
    expect([json.code, JSON.parse(json.out).code]).toEqual([4, 'api-unreachable']);
  });

  it('is given up on when it accepts and never answers', async () => {
    api.on('GET /v1/clusters', { silent: true });
    const { code, err } = await api.holdfast(['clusters', 'list']);
    expect([code, err]).toEqual([4, expect.stringContaining('no answer within 10 s')]);
  });

  it('is asked again with the same key when the connection breaks, so that nothing happens twice', async () => {
    let broken = 1;
    api.on('POST /v1/clusters/shop/nodes', () => (broken-- > 0 ? { broken: true } : { status: 202, body: accepted() }));
    expect(await api.holdfast(['nodes', 'add', 'shop'])).toMatchObject({ code: 0, out: 'add-node-1\n' });
    const keys = api.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
  });

  it('that is no API is no crash', async () => {
    const stranger: Server = createServer((socket) => socket.on('error', () => socket.destroy()).end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect((await api.holdfast(['clusters', 'list'], { env: { HOLDFAST_API_URL: `http://127.0.0.1:${port}` } })).code).toBe(4);
    stranger.close();
  });
});

describe('help', () => {
  it('begins with examples and knows its topics', async () => {
    const { code, out } = await api.holdfast(['clusters', 'deploy', '--help']);
    expect(code).toBe(0);
    expect(out.startsWith('Examples:\n  ./holdfast clusters deploy shop')).toBe(true);
    for (const topic of ['exit-codes', 'json', 'environment']) expect((await api.holdfast(['help', topic])).out.length).toBeGreaterThan(100);
    expect((await api.holdfast(['help', 'nodes', 'promote'])).out).toContain('--confirm <name>');
    expect((await api.holdfast(['help', 'nothing'])).code).toBe(2);
  });
});
