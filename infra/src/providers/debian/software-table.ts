/** How a software comes to a Debian machine. */
export interface PackagedSoftware {
  readonly software: string;
  /** The package whose versions tell which can be had; with `#` for a major that is part of its name. */
  readonly leading: string;
  /** What else is installed with it. */
  readonly companions: readonly string[];
  /** How much of a package's version is the version that a request names. */
  readonly versionParts: 1 | 2;
  /** Their folder, `#` being the version; or, where they lie in several, the packages whose programs get links in one of our own. */
  readonly programs: { readonly in: string } | { readonly of: readonly string[] };
  /** Debian's own units, which are never to run: Holdfast writes its own. */
  readonly units: readonly string[];
}

/** Names of packages and folders as of Debian 12 and Ubuntu 24.04 (packages.debian.org, packages.ubuntu.com). */
export const SOFTWARE_TABLE: readonly PackagedSoftware[] = [
  { software: 'postgresql', leading: 'postgresql-#', companions: [], versionParts: 1, programs: { in: '/usr/lib/postgresql/#/bin' }, units: ['postgresql.service'] },
  { software: 'valkey', leading: 'valkey-server', companions: ['valkey-tools', 'valkey-sentinel'], versionParts: 1, programs: { in: '/usr/bin' }, units: ['valkey-server.service', 'valkey-sentinel.service'] },
  { software: 'redis', leading: 'redis-server', companions: ['redis-tools', 'redis-sentinel'], versionParts: 1, programs: { in: '/usr/bin' }, units: ['redis-server.service', 'redis-sentinel.service'] },
  { software: 'mariadb', leading: 'mariadb-server', companions: ['mariadb-backup', 'galera-4', 'rsync'], versionParts: 2, programs: { of: ['mariadb-server', 'mariadb-server-core', 'mariadb-client', 'mariadb-client-core', 'mariadb-backup', 'galera-4', 'rsync'] }, units: ['mariadb.service'] },
  { software: 'haproxy', leading: 'haproxy', companions: [], versionParts: 2, programs: { in: '/usr/sbin' }, units: ['haproxy.service'] },
];

export const packagedSoftware = (software: string): PackagedSoftware | undefined => SOFTWARE_TABLE.find((entry) => entry.software === software);

/** A version of a software that a machine's package sources have. */
export interface OfferedPackage {
  readonly version: string;
  readonly packageName: string;
  /** The suite it must be asked from, where that is not taken by itself. */
  readonly suite?: string;
}

/** Lines such as `valkey-server | 8.0.1+dfsg1-1~bpo12+2 | http://mirror bookworm-backports/main amd64 Packages`. */
const MADISON_LINE = /^\s*(\S+) \| (\S+) \| \S+ (\S+?)\/\S* .*Packages$/;

/** What `apt-cache madison` (for every package that could be it) tells of a software: newest first, each version once. */
export const offeredPackages = (entry: PackagedSoftware, madison: string): readonly OfferedPackage[] => {
  const found = madison.split('\n').flatMap((line): OfferedPackage[] => {
    const [, packageName, packageVersion, suite] = MADISON_LINE.exec(line) ?? [];
    if (packageName === undefined || packageVersion === undefined || suite === undefined) return [];
    const version = requestVersion(entry, packageName, packageVersion);
    return version === undefined ? [] : [{ version, packageName, ...(suite.endsWith('-backports') ? { suite } : {}) }];
  });
  // What needs no other suite goes first.
  const sorted = found.sort((one, other) => compare(other.version, one.version) || Number(one.suite !== undefined) - Number(other.suite !== undefined));
  return sorted.filter((candidate, at) => sorted.findIndex(({ version }) => version === candidate.version) === at);
};

const requestVersion = (entry: PackagedSoftware, packageName: string, packageVersion: string): string | undefined => {
  const [before, after] = entry.leading.split('#');
  if (after !== undefined) return new RegExp(`^${before}(\\d+)${after}$`).exec(packageName)?.[1];
  if (packageName !== entry.leading) return undefined;
  const withoutEpoch = packageVersion.replace(/^\d+:/, '');
  return (entry.versionParts === 1 ? /^\d+/ : /^\d+\.\d+/).exec(withoutEpoch)?.[0];
};

const compare = (one: string, other: string): number => {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number)) as [number[], number[]];
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
};

/** A script for `sh -c` that asks apt of all software at once; `madison` lines on standard output. Reads only. */
export const ASK_APT = `apt-cache pkgnames | grep -xE '${SOFTWARE_TABLE.map(({ leading }) => leading.replace('#', '[0-9]+')).join('|')}' | sort | xargs -r apt-cache madison`;
