// Commands that ask for an operation: what they ask a person, and what they wait for.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { accepted, CLUSTER, HASH, operation, PLAN } from './cli.sample.js';
import { problem, StubApi } from './cli.stub-api.js';

jest.setTimeout(30_000);

let api: StubApi;
beforeEach(async () => {
  api = new StubApi();
  await api.open();
});
afterEach(() => api.close());

describe('dangerous commands', () => {
  const promote = ['nodes', 'promote', 'pg-b2'];
  beforeEach(() => {
    api.on('GET /v1/nodes/pg-b2', { body: { ...CLUSTER.nodes[1], cluster: { id: 'cl-1', name: 'shop' } } });
    api.on('POST /v1/clusters/cl-1/plans', { body: { plan: PLAN, planHash: HASH, cluster: { id: 'cl-1', name: 'shop' } } });
    api.on('POST /v1/clusters/cl-1/nodes/pg-b2/promote', { status: 202, body: accepted('promote-node') });
  });
  const submitted = () => api.seen.filter(({ path }) => path.endsWith('/promote'));

  it('are refused at once where nobody can be asked, also with --yes', async () => {
    for (const argv of [promote, [...promote, '--yes']]) {
      const { code, err } = await api.holdfast(argv);
      expect([code, err]).toEqual([2, expect.stringContaining('Give it: --confirm pg-b2')]);
    }
    expect(submitted()).toEqual([]);
  });

  it('take the name from --confirm, and hand on what was given', async () => {
    expect((await api.holdfast([...promote, '--confirm', 'pg-b2', '--reason', 'drill', '--plan-hash', HASH])).code).toBe(0);
    expect(submitted()[0]?.body).toEqual({ confirm: 'pg-b2', reason: 'drill', planHash: HASH });
  });

  it('show a person the plan, ask for the name, and agree to that plan alone', async () => {
    const right = await api.holdfast([...promote, '--no-wait'], { terminal: true, typed: 'pg-b2\n' });
    expect(right.code).toBe(0);
    expect(right.err).toContain('1. preflight: Ask whether pg-b2 may be promoted.');
    expect(right.err).toContain('-- from here it only goes forward --');
    expect(right.err).toContain("Type the node's name to go on (pg-b2): ");
    expect(submitted()[0]?.body).toEqual({ confirm: 'pg-b2', planHash: HASH });
  });

  it('do nothing when the typed name is another, or nothing is typed', async () => {
    for (const typed of ['pg-a1\n', '\n', '']) {
      expect((await api.holdfast(promote, { terminal: true, typed })).code).toBe(2);
    }
    expect(submitted()).toEqual([]);
  });

  it('print the plan and do nothing with --plan-only', async () => {
    const { code, out } = await api.holdfast([...promote, '--plan-only', '--json']);
    expect([code, JSON.parse(out).planHash]).toEqual([0, HASH]);
    expect((await api.holdfast([...promote, '--plan-only'])).out).toContain(`Hash             ${HASH}`);
    expect(submitted()).toEqual([]);
  });
});

describe('waiting for an operation', () => {
  const add = ['nodes', 'add', 'shop', '--wait'];
  beforeEach(() => api.on('POST /v1/clusters/shop/nodes', { status: 202, body: accepted() }));
  const states = (...answers: object[]): void => {
    const left = [...answers];
    api.on('GET /v1/operations/add-node-1', () => ({ body: left.length > 1 ? left.shift() : left[0] }));
  };

  it('tells the steps on standard error and ends with 0 when it succeeded', async () => {
    states(operation('accepted', { steps: [] }), operation('running'), operation('succeeded', { durationMs: 1_234 }));
    const { code, out, err } = await api.holdfast(add);
    expect([code, out]).toEqual([0, 'add-node of shop succeeded in 1.2 s.\n']);
    expect(err).toBe('add-node of shop accepted: add-node-1\n  1/1 reserve-node completed in 12 ms\n');
  });

  it.each([
    ['failed', 1],
    ['cancelled', 1],
    ['undone', 1],
    ['stuck', 3],
  ])('ends with its own code when it is %s', async (state, exitCode) => {
    const trouble = { code: 'disk-full', message: 'No room on pg-c3.\u001b[2J', node: 'pg-c3', outputTail: 'df says\n\u001b]0;x\u0007 100%' };
    states(operation(state, state === 'stuck' ? { stuck: { step: 'clone', undoing: false, problem: trouble, since: '2026-11-21T06:00:00.000Z' }, allowedAnswers: ['retry', 'abort'] } : { problem: trouble }));
    const { code, out } = await api.holdfast(add);
    expect(code).toBe(exitCode);
    expect(out).toContain('No room on pg-c3.\\x1b[2J');
    expect(out).toContain('  | df says\n  | \\x1b]0;x\\x07 100%\n');
    expect(out).not.toContain('\u001b');
    if (state === 'stuck') expect(out).toContain('./holdfast operations retry add-node-1');
    expect(JSON.parse((await api.holdfast([...add, '--json'])).out).state).toBe(state);
  });

  it('is the default in a terminal alone', async () => {
    states(operation('succeeded', { durationMs: 5 }));
    expect((await api.holdfast(['nodes', 'add', 'shop'], { terminal: true })).out).toContain('succeeded');
    expect((await api.holdfast(['nodes', 'add', 'shop'])).out).toBe('add-node-1\n');
    expect((await api.holdfast(['nodes', 'add', 'shop', '--no-wait'], { terminal: true })).out).toBe('add-node-1\n');
  });

  it('goes on while the API restarts', async () => {
    const answers = [problem(503, 'event-store-unavailable', 'Away.'), { body: operation('succeeded', { durationMs: 5 }) }];
    api.on('GET /v1/operations/add-node-1', () => answers.shift() ?? {});
    const { code, err } = await api.holdfast(add);
    expect(code).toBe(0);
    expect(err).toContain('The API does not answer; the operation goes on meanwhile.');
  });

  it('ends at --timeout and at Ctrl-C, and says that the operation goes on', async () => {
    states(operation('running'));
    const late = await api.holdfast([...add, '--timeout', '0.3']);
    expect([late.code, late.err]).toEqual([1, expect.stringContaining('is still running after 0.3 s of waiting, and goes on')]);
    const listeners = process.listenerCount('SIGINT');
    const interrupted = api.holdfast(add);
    while (process.listenerCount('SIGINT') === listeners) await new Promise((resolve) => setTimeout(resolve, 10));
    process.emit('SIGINT');
    expect(await interrupted).toMatchObject({ code: 130, err: expect.stringContaining('./holdfast operations watch add-node-1') });
  });
});
