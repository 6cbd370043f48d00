import { describe, expect, it } from '@jest/globals';
import { ASK_APT, offeredPackages, type OfferedPackage } from './offered-packages.js';
import { packagedSoftware } from './software-table.js';

/** As Debian 12 tells it with backports, and with Debian 13 and unstable pinned below them. */
const DEBIAN = `mariadb-server:
  Installed: (none)
  Candidate: 1:10.11.19-0+deb12u1
  Version table:
     1:11.8.9+ds-4 80
         80 http://mirror/debian sid/main amd64 Packages
     1:11.8.6-0+deb13u1 90
         90 http://mirror/debian trixie/main amd64 Packages
     1:10.11.19-0+deb12u1 500
        500 http://mirror/debian-security bookworm-security/main amd64 Packages
     1:10.11.18-0+deb12u1 500
        500 http://mirror/debian bookworm/main amd64 Packages
mysql-server-core:
  Installed: (none)
  Candidate: 9.7.4-2
  Version table:
     9.7.4-2 80
         80 http://mirror/debian sid/main amd64 Packages
postgresql-15:
  Installed: 15.18-0+deb12u1
  Candidate: 15.18-0+deb12u1
  Version table:
 *** 15.18-0+deb12u1 500
        500 http://mirror/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
postgresql-17:
  Installed: (none)
  Candidate: 17.11-0+deb13u1
  Version table:
     17.11-0+deb13u1 90
         90 http://mirror/debian trixie/main amd64 Packages
postgresql-17-timescaledb:
  Installed: (none)
  Candidate: 2.19.3+dfsg-1+deb13u1
  Version table:
     2.19.3+dfsg-1+deb13u1 90
         90 http://mirror/debian trixie/main amd64 Packages
valkey-server:
  Installed: (none)
  Candidate: 8.0.1+dfsg1-1~bpo12+1
  Version table:
     9.1.2-1 80
         80 http://mirror/debian sid/main amd64 Packages
     8.1.1+dfsg1-3+deb13u2 90
         90 http://mirror/debian trixie/main amd64 Packages
     8.0.1+dfsg1-1~bpo12+1 100
        100 http://mirror/debian bookworm-backports/main amd64 Packages
haproxy:
  Installed: (none)
  Candidate: 2.6.12-1+deb12u3
  Version table:
     3.2.26-1 80
         80 http://mirror/debian sid/main amd64 Packages
     2.6.12-1+deb12u3 500
        500 http://mirror/debian bookworm/main amd64 Packages
`;

/** Ubuntu 24.04 with its makers' MySQL and TimescaleDB; a release is handed out in phases. */
const UBUNTU = `mysql-community-server-core:
  Installed: (none)
  Candidate: 8.4.7-1ubuntu24.04
  Version table:
     8.4.7-1ubuntu24.04 500
        500 http://repo.mysql.com/apt/ubuntu noble/mysql-8.4-lts amd64 Packages
     8.0.46-1ubuntu24.04 500
        500 http://repo.mysql.com/apt/ubuntu noble/mysql-8.0 amd64 Packages
mysql-server-core-8.0:
  Installed: (none)
  Candidate: 8.0.46-0ubuntu0.24.04.1
  Version table:
     8.0.46-0ubuntu0.24.04.1 500 (phased 20%)
        500 http://mirror/ubuntu noble-updates/main amd64 Packages
     8.0.36-2ubuntu3 500
        500 http://mirror/ubuntu noble/main amd64 Packages
timescaledb-2-postgresql-16:
  Installed: (none)
  Candidate: 2.24.0~ubuntu24.04
  Version table:
     2.24.0~ubuntu24.04 500
        500 https://packagecloud.io/timescale/timescaledb/ubuntu noble/main amd64 Packages
     2.23.1~ubuntu24.04 500
        500 https://packagecloud.io/timescale/timescaledb/ubuntu noble/main amd64 Packages
redis-server:
  Installed: 5:6.0.16-1ubuntu1
  Candidate: 5:7.0.15-1ubuntu0.24.04.2
  Version table:
     5:7.0.15-1ubuntu0.24.04.2 500
        500 http://mirror/ubuntu noble-updates/universe amd64 Packages
 *** 5:6.0.16-1ubuntu1 100
        100 /var/lib/dpkg/status
`;

const offered = (software: string, policy: string): readonly OfferedPackage[] => {
  const entry = packagedSoftware(software);
  if (entry === undefined) throw new Error(`${software} is not in the table.`);
  return offeredPackages(entry, policy);
};

describe('what a machine can have', () => {
  it('is read from what apt says, newest first, and is taken by itself where apt would take it', () => {
    expect(offered('postgresql', DEBIAN)).toEqual([
      { version: '17', packageName: 'postgresql-17', companions: [], from: { suite: 'trixie', packageVersion: '17.11-0+deb13u1' } },
      { version: '15', packageName: 'postgresql-15', companions: [] },
    ]);
    expect(offered('haproxy', DEBIAN).map(({ version, from }) => [version, from?.suite])).toEqual([['3.2', 'sid'], ['2.6', undefined]]);
    expect(offered('redis', DEBIAN)).toEqual([]);
  });
  it('is taken from the suite that apt ranks highest of those that have the version', () => {
    expect(offered('valkey', DEBIAN).map(({ version, from }) => [version, from?.suite])).toEqual([['9', 'sid'], ['8', 'bookworm-backports']]);
    expect(offered('mariadb', DEBIAN).map(({ version, from }) => [version, from?.packageVersion])).toEqual([['11.8', '1:11.8.6-0+deb13u1'], ['10.11', undefined]]);
  });
  it('may be packaged in several ways', () => {
    expect(offered('mysql', DEBIAN)).toEqual([{ version: '9.7', packageName: 'mysql-server-core', companions: ['mysql-client-core'], from: { suite: 'sid', packageVersion: '9.7.4-2' } }]);
    expect(offered('timescaledb', DEBIAN)).toEqual([{ version: '17', packageName: 'postgresql-17-timescaledb', companions: ['postgresql-17'], from: { suite: 'trixie', packageVersion: '2.19.3+dfsg-1+deb13u1' } }]);
    expect(offered('timescaledb', UBUNTU)).toEqual([{ version: '16', packageName: 'timescaledb-2-postgresql-16', companions: ['postgresql-16'] }]);
    expect(offered('mysql', UBUNTU).map(({ version, packageName }) => [version, packageName])).toEqual([['8.4', 'mysql-community-server-core'], ['8.0', 'mysql-server-core-8.0']]);
  });
  it('is asked for in its exact version where apt would take a newer one', () => {
    const withoutOwn = UBUNTU.slice(0, UBUNTU.indexOf('mysql-server-core-8.0:'));
    expect(offered('mysql', withoutOwn).at(-1)).toEqual({ version: '8.0', packageName: 'mysql-community-server-core', companions: ['mysql-community-client-core'], from: { suite: 'noble', packageVersion: '8.0.46-1ubuntu24.04' } });
  });
  it('is also what is installed and nobody has any more', () => {
    expect(offered('redis', UBUNTU).map(({ version, from }) => [version, from])).toEqual([['7', undefined], ['6', undefined]]);
  });
  it('is not what the owner of the machine has forbidden', () => {
    expect(offered('mysql', DEBIAN.replace('9.7.4-2 80\n         80', '9.7.4-2 -1\n         80'))).toEqual([]);
  });
  it('is nothing for a software that is not known', () => {
    expect(packagedSoftware('no-such-software')).toBeUndefined();
  });
  it('is asked for by the names of packages that could be it', () => {
    const pattern = new RegExp(`^(${/'(.*)'/.exec(ASK_APT)?.[1]})$`);
    const names = ['postgresql-17', 'postgresql-17-timescaledb', 'timescaledb-2-postgresql-16', 'mysql-server-core', 'mysql-server-core-8.0', 'mysql-community-server-core', 'mariadb-server', 'haproxy'];
    expect(names.filter((name) => !pattern.test(name))).toEqual([]);
    expect(['postgresql', 'postgresql-client-17', 'mysql-server-core-8x0', 'mariadb-server-core'].filter((name) => pattern.test(name))).toEqual([]);
  });
});
