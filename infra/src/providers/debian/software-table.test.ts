import { describe, expect, it } from '@jest/globals';
import { offeredPackages, packagedSoftware, SOFTWARE_TABLE } from './software-table.js';

const entry = (software: string) => packagedSoftware(software) ?? SOFTWARE_TABLE[0]!;

const MADISON = `
 postgresql-15 | 15.18-0+deb12u1 | http://mirror/debian bookworm/main amd64 Packages
 postgresql-17 | 17.2-1.pgdg120+1 | http://pgdg/apt bookworm-pgdg/main amd64 Packages
postgresql-plperl-15 | 15.18-0+deb12u1 | http://mirror/debian bookworm/main amd64 Packages
 redis-server | 5:7.0.15-1~deb12u1 | http://mirror/debian bookworm/main amd64 Packages
 redis-server | 5:8.0.2-3~bpo12+1 | http://mirror/debian bookworm-backports/main amd64 Packages
 redis-server | 5:7.0.15-1~deb12u2 | http://mirror/debian bookworm-backports/main amd64 Packages
 mariadb-server | 1:10.11.19-0+deb12u1 | http://mirror/debian bookworm/main amd64 Packages
 haproxy | 2.6.12-1+deb12u2 | http://mirror/debian-security bookworm-security/main Sources
   haproxy | 2.6.12-1+deb12u1 | http://mirror/debian bookworm/main amd64 Packages
`;

describe('what a machine can have', () => {
  it('is read from what apt says, newest first', () => {
    expect(offeredPackages(entry('postgresql'), MADISON)).toEqual([
      { version: '17', packageName: 'postgresql-17' },
      { version: '15', packageName: 'postgresql-15' },
    ]);
    expect(offeredPackages(entry('mariadb'), MADISON)).toEqual([{ version: '10.11', packageName: 'mariadb-server' }]);
    expect(offeredPackages(entry('haproxy'), MADISON)).toEqual([{ version: '2.6', packageName: 'haproxy' }]);
    expect(offeredPackages(entry('valkey'), MADISON)).toEqual([]);
  });
  it('is asked from another suite only where that alone has it', () => {
    expect(offeredPackages(entry('redis'), MADISON)).toEqual([
      { version: '8', packageName: 'redis-server', suite: 'bookworm-backports' },
      { version: '7', packageName: 'redis-server' },
    ]);
  });
  it('is nothing for a software that is not known', () => {
    expect(packagedSoftware('no-such-software')).toBeUndefined();
  });
});
