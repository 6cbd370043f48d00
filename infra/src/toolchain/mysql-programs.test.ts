import { describe, expect, it } from '@jest/globals';
import { candidateIn, mysqlVersionIn } from './mysql-programs.js';

describe("this computer's MySQL", () => {
  it('is known by what it says of itself, and is not MariaDB', () => {
    expect(mysqlVersionIn('/usr/sbin/mysqld  Ver 8.0.46-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))')).toBe('8.0');
    expect(mysqlVersionIn('mysqld  Ver 9.7.4 for debian-linux-gnu on x86_64 (Debian)')).toBe('9.7');
    expect(mysqlVersionIn('mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)')).toBeUndefined();
    expect(mysqlVersionIn('cannot open shared object file')).toBeUndefined();
  });
  it('is offered in the version that each package has, if any', () => {
    const policy = [
      'mysql-server-core-8.4:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n',
      'mysql-server-core-8.0:\n  Installed: (none)\n  Candidate: 8.0.46-0ubuntu0.24.04.1\n  Version table:\n     8.0.46-0ubuntu0.24.04.1 500\n',
    ].join('');
    expect(candidateIn(policy, 'mysql-server-core-8.0')).toBe('8.0');
    expect(candidateIn(policy, 'mysql-server-core-8.4')).toBeUndefined();
    expect(candidateIn(policy, 'mysql-server-core')).toBeUndefined();
  });
});
