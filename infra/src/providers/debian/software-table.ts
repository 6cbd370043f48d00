/** One way in which a software is packaged. */
export interface Packaging {
  /** The package whose versions tell which can be had; with `#` for a major that is part of its name. */
  readonly leading: string;
  /** What else is installed with it; `#` is the same major. */
  readonly companions: readonly string[];
}

/** How a software comes to a Debian machine. */
export interface PackagedSoftware {
  readonly software: string;
  /** What is packaged in several ways is taken from the first of them that has the version. */
  readonly packagings: readonly [Packaging, ...Packaging[]];
  /** How much of a package's version is the version that a request names. */
  readonly versionParts: 1 | 2;
  /**
   * Their folder, `#` being the version; or, where they lie in several, the packages whose programs get a link in one of our own, or
   * a starter where a server finds its other files by the path that it is called by.
   */
  readonly programs: { readonly in: string } | { readonly of: readonly string[]; readonly by?: 'starters' };
  /** Debian's own units, which are never to run: Holdfast writes its own. */
  readonly units: readonly string[];
  /** AppArmor's profile for the server's program, which lets it use no other folders than its packagers'. */
  readonly profile?: string;
}

/**
 * Server and client as Debian unstable and Ubuntu from 26.04 have them, Ubuntu before, and the vendor's repository (packages.debian.org,
 * packages.ubuntu.com, https://dev.mysql.com/doc/refman/8.4/en/linux-installation-debian.html). None of them brings a unit.
 */
const MYSQL_PACKAGINGS: PackagedSoftware['packagings'] = [
  { leading: 'mysql-server-core', companions: ['mysql-client-core'] },
  { leading: 'mysql-server-core-8.4', companions: ['mysql-client-core-8.4'] },
  { leading: 'mysql-server-core-8.0', companions: ['mysql-client-core-8.0'] },
  { leading: 'mysql-community-server-core', companions: ['mysql-community-client-core'] },
];
/** Debian's of the Apache licence, and the vendor's (https://docs.timescale.com/self-hosted/latest/install/installation-linux/). */
const TIMESCALEDB_PACKAGINGS: PackagedSoftware['packagings'] = [
  { leading: 'postgresql-#-timescaledb', companions: ['postgresql-#'] },
  { leading: 'timescaledb-2-postgresql-#', companions: ['postgresql-#'] },
];
/** Names of all their packages, some with `#`. */
export const namesIn = (packagings: readonly Packaging[]): readonly string[] => packagings.flatMap(({ leading, companions }) => [leading, ...companions]);

/** Names of packages and folders as of Debian 12 and Ubuntu 24.04 (packages.debian.org, packages.ubuntu.com). */
export const SOFTWARE_TABLE: readonly PackagedSoftware[] = [
  { software: 'postgresql', packagings: [{ leading: 'postgresql-#', companions: [] }], versionParts: 1, programs: { in: '/usr/lib/postgresql/#/bin' }, units: ['postgresql.service'] },
  { software: 'timescaledb', packagings: TIMESCALEDB_PACKAGINGS, versionParts: 1, programs: { in: '/usr/lib/postgresql/#/bin' }, units: ['postgresql.service'] },
  { software: 'valkey', packagings: [{ leading: 'valkey-server', companions: ['valkey-tools', 'valkey-sentinel'] }], versionParts: 1, programs: { in: '/usr/bin' }, units: ['valkey-server.service', 'valkey-sentinel.service'] },
  { software: 'redis', packagings: [{ leading: 'redis-server', companions: ['redis-tools', 'redis-sentinel'] }], versionParts: 1, programs: { in: '/usr/bin' }, units: ['redis-server.service', 'redis-sentinel.service'] },
  { software: 'mariadb', packagings: [{ leading: 'mariadb-server', companions: ['mariadb-backup', 'galera-4', 'rsync'] }], versionParts: 2, programs: { of: ['mariadb-server', 'mariadb-server-core', 'mariadb-client', 'mariadb-client-core', 'mariadb-backup', 'galera-4', 'rsync'] }, units: ['mariadb.service'] },
  { software: 'mysql', packagings: MYSQL_PACKAGINGS, versionParts: 2, programs: { of: namesIn(MYSQL_PACKAGINGS), by: 'starters' }, units: [], profile: '/etc/apparmor.d/usr.sbin.mysqld' },
  { software: 'haproxy', packagings: [{ leading: 'haproxy', companions: [] }], versionParts: 2, programs: { in: '/usr/sbin' }, units: ['haproxy.service'] },
];

export const packagedSoftware = (software: string): PackagedSoftware | undefined => SOFTWARE_TABLE.find((entry) => entry.software === software);

/** The version that a request names, of a package in one of its versions; undefined where it is not this packaging's leading package. */
export const requestVersion = ({ versionParts }: PackagedSoftware, { leading }: Packaging, packageName: string, packageVersion: string): string | undefined => {
  const [before = '', after] = leading.split('#');
  if (after !== undefined) return new RegExp(`^${before}(\\d+)${after}$`).exec(packageName)?.[1];
  if (packageName !== leading) return undefined;
  const withoutEpoch = packageVersion.replace(/^\d+:/, '');
  return (versionParts === 1 ? /^\d+/ : /^\d+\.\d+/).exec(withoutEpoch)?.[0];
};
