import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SoftwareNotAvailable } from '@holdfast/domain';
import { findSoftware, listSoftware } from './software.js';

const PROGRAMS = ['initdb', 'postgres', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'pg_controldata', 'pg_isready'];

/** A folder as `up` fills it, with programs that only tell their version: a major that no computer has. */
describe('software', () => {
  let tools: string;
  let bin: string;
  const put = (name: string): void => {
    writeFileSync(join(bin, name), '#!/bin/sh\necho "postgres (PostgreSQL) 99.3"\n');
    chmodSync(join(bin, name), 0o755);
  };
  beforeAll(() => {
    tools = mkdtempSync(join(tmpdir(), 'holdfast-software-'));
    bin = join(tools, 'python', 'embedded_postgres', 'pginstall', 'bin');
    mkdirSync(bin, { recursive: true });
    for (const program of PROGRAMS.slice(0, -1)) put(program);
  });
  afterAll(() => rmSync(tools, { recursive: true, force: true }));

  it('is not there while one of its programs is missing', async () => {
    expect((await listSoftware('postgresql', tools)).map(({ version }) => version)).not.toContain('99');
    put('pg_isready');
    expect((await listSoftware('postgresql', tools))[0]).toEqual({ version: '99', binDirectory: bin });
  });
  it('is found by its version, and any version is the newest', async () => {
    expect(await findSoftware('postgresql', '99', tools)).toEqual({ version: '99', binDirectory: bin });
    expect(await findSoftware('postgresql', 'any', tools)).toEqual({ version: '99', binDirectory: bin });
  });
  it('that is not there is refused with what is', async () => {
    const refusal = await findSoftware('postgresql', '7', tools).catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(SoftwareNotAvailable);
    expect((refusal as SoftwareNotAvailable).available[0]).toBe('99');
    await expect(findSoftware('unheard-of', 'any', tools)).rejects.toMatchObject({ available: [] });
  });
});
