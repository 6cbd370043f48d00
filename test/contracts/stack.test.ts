// The whole installation as people start and stop it, by the real program, in a folder and on ports of its own. Needs a build.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../services/cli/src/repository.js';
import { freePorts } from '../support/free-ports.js';
import type { PartStatus } from '../../services/cli/src/stack/part.js';
import { identifyProcess } from '../../services/cli/src/stack/process-identity.js';
import { Stack } from '../../services/cli/src/stack/stack.js';
import { isolatedEnvironment } from '../../services/cli/src/stack/stack-places.js';

jest.setTimeout(180_000);

let home: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-up-'));
  chmodSync(home, 0o755);
  const [api = 0, temporal = 0, temporalUi = 0, eventStore = 0] = await freePorts(4);
  env = isolatedEnvironment(home, { api, temporal, temporalUi, eventStore });
});
afterAll(async () => {
  await new Stack(env, REPOSITORY).stop();
  rmSync(home, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const holdfast = (argv: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const program = join(REPOSITORY, 'services', 'cli', 'dist', 'main.js');
    const child = spawn(process.execPath, [program, ...argv], { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 150_000 });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });

const parts = async (): Promise<PartStatus[]> => (JSON.parse((await holdfast(['status', '--json'])).out) as { parts: PartStatus[] }).parts;
const pids = async (): Promise<Record<string, number | undefined>> => Object.fromEntries((await parts()).map(({ name, pid }) => [name, pid]));

describe('up, status, down', () => {
  it('before anything is there: all stopped, and the API is said to be away', async () => {
    expect((await parts()).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'event-store stopped',
      'temporal stopped',
      'api stopped',
      'worker stopped',
      'projector stopped',
    ]);
    expect((await holdfast(['status', '--exit-status'])).code).toBe(1);
    expect((await holdfast(['clusters', 'list'])).code).toBe(4);
  });

  it('a port that somebody else has is named with its holder and its variable, and nothing is left half done', async () => {
    const port = Number(env['HOLDFAST_API_PORT']);
    const stranger: Server = createServer();
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    const { code, err } = await holdfast(['up']);
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} for api is in use by node (pid ${process.pid}).`);
    expect(err).toContain('HOLDFAST_API_PORT=');
    const looked = await holdfast(['doctor']);
    // With its errors, which would say why it could not look.
    expect(looked).toMatchObject({ err: '', out: expect.stringContaining(`port ${port}\tbad\tin use by node (pid ${process.pid})`) });
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('up starts everything; a second up, and two at once, change nothing', async () => {
    const first = await holdfast(['up']);
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining(join(home, 'admin-token')) });
    expect((await parts()).map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running', 'running']);
    expect(statSync(join(home, 'admin-token')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'keys')).mode & 0o777).toBe(0o700);

    const before = await pids();
    const both = await Promise.all([holdfast(['up', '--json']), holdfast(['up'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(JSON.parse(both[0]?.out ?? '')).toMatchObject({ home, tokenFile: join(home, 'admin-token') });
    expect(await pids()).toEqual(before);
    expect(await holdfast(['clusters', 'list', '--json'])).toMatchObject({ code: 0, err: '', out: '{\n  "items": []\n}\n' });
  });

  it.each(['worker', 'projector', 'api', 'temporal', 'event-store'] as const)('up heals %s after kill -9, and leaves the others alone', async (name) => {
    const before = await pids();
    const pid = before[name] ?? NaN;
    process.kill(pid, 'SIGKILL');
    // One that waits for its disk dies when that has answered.
    while (identifyProcess(pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    const healed = await holdfast(['up']);
    expect(healed).toMatchObject({ code: 0 });
    const after = await pids();
    expect(after[name]).not.toBe(before[name]);
    expect({ ...after, [name]: 0 }).toEqual({ ...before, [name]: 0 });
    expect((await holdfast(['clusters', 'list'])).code).toBe(0);
  });

  it('the doctor finds everything well', async () => {
    const { code, out } = await holdfast(['doctor', '--json']);
    expect(JSON.parse(out)).toMatchObject({ healthy: true });
    expect(code).toBe(0);
  });

  it('logs are shown, and a part that does not exist is refused', async () => {
    expect((await holdfast(['logs', 'worker', '--lines', '3'])).out.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
    expect(await holdfast(['logs', 'nothing'])).toMatchObject({ code: 2, err: expect.stringContaining('Parts: event-store, temporal, api, worker, projector') });
  });

  it('read models are rebuilt on request', async () => {
    expect(await holdfast(['projections', 'rebuild'])).toMatchObject({ code: 0, out: expect.stringMatching(/read models were rebuilt in /) });
  });

  it('down stops every process, and up brings the same state back', async () => {
    const before = await pids();
    expect((await holdfast(['down'])).code).toBe(0);
    expect(Object.values(before).filter((pid) => identifyProcess(pid ?? 0) !== undefined)).toEqual([]);
    expect((await holdfast(['down'])).code).toBe(0);
    expect((await holdfast(['up'])).code).toBe(0);
    expect((await holdfast(['clusters', 'list'])).code).toBe(0);
  });

  it('reset asks first, then removes all state', async () => {
    expect((await holdfast(['reset'])).code).toBe(2);
    expect(existsSync(join(home, 'event-store'))).toBe(true);
    const before = await pids();
    expect((await holdfast(['reset', '--yes'])).code).toBe(0);
    expect(existsSync(home)).toBe(false);
    expect(Object.values(before).filter((pid) => identifyProcess(pid ?? 0) !== undefined)).toEqual([]);
  });
});

it('a home that the servers could not enter is refused before anything is made, with what to do', async () => {
  const closed = mkdtempSync(join(tmpdir(), 'holdfast-closed-'));
  try {
    const ended = await holdfast(['up'], { HOLDFAST_HOME: join(closed, 'home') });
    // Only root's servers run as another user.
    if (process.getuid?.() === 0) {
      expect(ended).toMatchObject({ code: 2, err: expect.stringContaining(`cannot enter ${closed}`) });
      expect(existsSync(join(closed, 'home', 'event-store'))).toBe(false);
    } else {
      expect((await holdfast(['reset', '--yes'], { HOLDFAST_HOME: join(closed, 'home') })).code).toBe(0);
    }
  } finally {
    rmSync(closed, { recursive: true, force: true });
  }
});
