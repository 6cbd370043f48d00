import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runProgram } from './command.js';
import { mysqlVersionIn } from './mysql-programs.js';
import { findSoftware, listSoftware } from './software.js';

describe("this computer's MySQL", () => {
  it('is known by what it says of itself, and is not MariaDB', () => {
    expect(mysqlVersionIn('/usr/sbin/mysqld  Ver 8.0.46-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))')).toBe('8.0');
    expect(mysqlVersionIn('mysqld  Ver 9.7.4 for debian-linux-gnu on x86_64 (Debian)')).toBe('9.7');
    expect(mysqlVersionIn('mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)')).toBeUndefined();
    expect(mysqlVersionIn('cannot open shared object file')).toBeUndefined();
  });
});

/** Programs that only tell their version, in a version that no computer has. */
describe("a server in the system's folders", () => {
  const path = process.env['PATH'];
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-mysql-'));
    process.env['PATH'] = `${join(root, 'sbin')}:${join(root, 'bin')}:${path}`;
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(root, { recursive: true, force: true });
  });
  const put = (folder: string, name: string, says: string): void => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, name), `#!/bin/sh\necho "${says}"\n`);
    chmodSync(join(root, folder, name), 0o755);
  };

  it('is used in its true version, together with its client', async () => {
    put('sbin', 'mysqld', 'mysqld  Ver 99.3.1 for Linux');
    expect((await listSoftware('mysql', root)).map(({ version }) => version)).not.toContain('99.3');
    put('bin', 'mysql', 'mysql  Ver 99.3.1 for Linux');
    const { binDirectory } = await findSoftware('mysql', '99.3', root);
    for (const program of ['mysqld', 'mysql']) expect((await runProgram([join(binDirectory, program)], { timeoutMs: 5_000 })).text).toBe(`${program}  Ver 99.3.1 for Linux\n`);
    expect((await findSoftware('mysql', 'any', root)).binDirectory).toBe(binDirectory);
  });
  it('is not MySQL where it is MariaDB', async () => {
    put('sbin', 'mysqld', 'mysqld  Ver 99.3.1-MariaDB for Linux');
    put('bin', 'mysql', 'mysql  Ver 99.3.1-MariaDB for Linux');
    expect((await listSoftware('mysql', root)).map(({ version }) => version)).not.toContain('99.3');
  });
});
