// `./holdfast demo` from nothing, and once more on what the first left running; then everything goes, and nothing stays behind.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { REPOSITORY } from '../../services/cli/src/repository.js';
import { isolatedEnvironment } from '../../services/cli/src/stack/stack-places.js';
import { freePorts } from '../support/free-ports.js';

jest.setTimeout(300_000);

interface DemoDocument {
  readonly cluster: { readonly nodes: readonly { readonly name: string; readonly role: string }[] };
  readonly added: string;
  readonly promoted: string;
  readonly writes: { readonly acknowledgedCount: number; readonly longestGapMs: number; readonly missingCount: number };
  readonly facts: readonly { readonly type: string }[];
}

let home: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  chmodSync(home, 0o755);
  const [api = 0, temporal = 0, temporalUi = 0, eventStore = 0] = await freePorts(4);
  env = isolatedEnvironment(home, { api, temporal, temporalUi, eventStore });
});
afterAll(async () => {
  await holdfast('reset', '--yes');
  rmSync(home, { recursive: true, force: true });
});

/** Standard output; throws with standard error when it fails. */
const holdfast = (...argv: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const program = join(REPOSITORY, 'services', 'cli', 'dist', 'main.js');
    execFile(process.execPath, [program, ...argv], { env, timeout: 200_000 }, (problem, out, err) =>
      problem === null ? resolve(out) : reject(new Error(`${argv.join(' ')}: ${String(problem.code)}\n${out}\n${err}`)),
    );
  });

const demo = async (): Promise<DemoDocument> => JSON.parse(await holdfast('demo', '--json')) as DemoDocument;
const primaryOf = ({ cluster }: DemoDocument): string | undefined => cluster.nodes.find(({ role }) => role === 'primary')?.name;

it('deploys, adds, promotes and loses nothing; a second run does so again', async () => {
  const first = await demo();
  expect(first.cluster.nodes).toHaveLength(4);
  expect(primaryOf(first)).toBe(first.promoted);
  expect(first.writes).toMatchObject({ missingCount: 0 });
  expect(first.writes.acknowledgedCount).toBeGreaterThan(10);
  expect(first.facts.map(({ type }) => type)).toEqual(expect.arrayContaining(['NodeFenced', 'NodePromoted', 'NodeRejoined', 'OperationSucceeded']));

  const second = await demo();
  expect(second.cluster.nodes).toHaveLength(5);
  expect(primaryOf(second)).toBe(second.promoted);
  expect(second.promoted).not.toBe(first.promoted);
  expect(second.writes.missingCount).toBe(0);
});

it('leaves a cluster that serves while Holdfast is down, stops with --clusters, and comes back with its rows', async () => {
  const url = (await holdfast('clusters', 'connect', 'demo')).trim();
  await holdfast('down');
  const before = await countRows(url);
  expect(before).toBeGreaterThan(10);
  await holdfast('down', '--clusters');
  await expect(countRows(url)).rejects.toThrow();
  await holdfast('up');
  expect(await eventually(() => countRows(url))).toBe(before);
});

it('leaves no process and no file after reset', async () => {
  await holdfast('reset', '--yes');
  expect(existsSync(home)).toBe(false);
  expect(processesOf(home)).toEqual([]);
});

const countRows = async (url: string): Promise<number> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return Number((await client.query<{ count: string }>('select count(*) from holdfast_write_gap')).rows[0]?.count);
  } finally {
    await client.end();
  }
};

const eventually = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (problem) {
      if (tries === 600) throw problem;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};

/** Command lines that name the folder. */
const processesOf = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // It ended meanwhile.
      }
    })
    .filter((commandLine) => commandLine.includes(folder));
