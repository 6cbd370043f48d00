import { chmod, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aptPolicy, candidateIn } from './apt-policy.js';

describe('what apt offers', () => {
  const path = process.env['PATH'] ?? '';
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-apt-'));
    const program = join(folder, 'apt-cache');
    await writeFile(program, `#!/bin/sh\necho "$@" >> '${folder}/asked'\n[ ! -e '${folder}/fails' ] || exit 100\necho "$LC_ALL $2"\n`);
    await chmod(program, 0o755);
    await writeFile(join(folder, 'lists'), '');
    process.env['PATH'] = `${folder}${delimiter}${path}`;
  });
  afterAll(async () => {
    process.env['PATH'] = path;
    await rm(folder, { recursive: true });
  });
  const askedCount = async (): Promise<number> => (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n').length;

  it('is asked once for each package, and again when its lists have changed', async () => {
    const state = [join(folder, 'lists'), join(folder, 'not-there')];
    expect(await Promise.all([aptPolicy(['mariadb'], state), aptPolicy(['mysql'], state)])).toEqual(['C mariadb\n', 'C mysql\n']);
    expect(await aptPolicy(['mariadb'], state)).toBe('C mariadb\n');
    expect(await askedCount()).toBe(2);
    await utimes(join(folder, 'lists'), 1, 1);
    expect(await aptPolicy(['mariadb'], state)).toBe('C mariadb\n');
    expect(await askedCount()).toBe(3);
  });

  it('is asked again where apt failed', async () => {
    const state = [join(folder, 'lists')];
    await writeFile(join(folder, 'fails'), '');
    await aptPolicy(['valkey'], state);
    await rm(join(folder, 'fails'));
    expect(await aptPolicy(['valkey'], state)).toBe('C valkey\n');
  });

  it('is the version of each package that has one', () => {
    const policy = [
      'mysql-server-core-8.4:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n',
      'mysql-server-core-8.0:\n  Installed: (none)\n  Candidate: 8.0.46-0ubuntu0.24.04.1\n  Version table:\n     8.0.46-0ubuntu0.24.04.1 500\n',
    ].join('');
    expect(candidateIn(policy, 'mysql-server-core-8.0')).toBe('8.0');
    expect(candidateIn(policy, 'mysql-server-core-8.4')).toBeUndefined();
    expect(candidateIn(policy, 'mysql-server-core')).toBeUndefined();
  });
});
