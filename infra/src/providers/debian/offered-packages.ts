import { packagePolicy, type PackageVersion } from './package-policy.js';
import { requestVersion, SOFTWARE_TABLE, type PackagedSoftware, type Packaging } from './software-table.js';

/** A version of a software that a machine's package sources have. */
export interface OfferedPackage {
  readonly version: string;
  readonly packageName: string;
  readonly companions: readonly string[];
  /** How it must be asked for, where apt would take another version, or would not take from that suite what it needs. */
  readonly from?: { readonly suite: string; readonly packageVersion: string };
}

/** What apt takes packages from by itself; backports and what is pinned low have less (apt_preferences(5)). */
const USUAL_PRIORITY = 500;

interface Ranked extends OfferedPackage {
  readonly priority: number;
}

/** What `apt-cache policy` tells of a software: newest first, each version once, from where the machine would rather take it. */
export const offeredPackages = (entry: PackagedSoftware, policy: string): readonly OfferedPackage[] => {
  const known = packagePolicy(policy);
  const found = entry.packagings.flatMap((packaging) => known.flatMap((one) => offerOf(entry, packaging, one)));
  const sorted = found.sort((one, other) => compare(other.version, one.version) || Number(one.from !== undefined) - Number(other.from !== undefined) || other.priority - one.priority);
  const first = sorted.filter((candidate, at) => sorted.findIndex(({ version }) => version === candidate.version) === at);
  return first.map(({ priority: _, ...offered }) => offered);
};

const offerOf = (entry: PackagedSoftware, packaging: Packaging, { packageName, version: packageVersion, isCandidate, priority, suite }: PackageVersion): Ranked[] => {
  const version = requestVersion(entry, packaging, packageName, packageVersion);
  // Below zero is what the machine's owner does not want there at all.
  if (version === undefined || priority < 0) return [];
  const companions = packaging.companions.map((companion) => companion.replace('#', version));
  // One without a suite is installed, and nobody has it any more.
  const byItself = suite === undefined || (isCandidate && priority >= USUAL_PRIORITY);
  return [{ version, packageName, companions, priority, ...(byItself ? {} : { from: { suite, packageVersion } }) }];
};

const compare = (one: string, other: string): number => {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number)) as [number[], number[]];
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
};

const LEADING = SOFTWARE_TABLE.flatMap(({ packagings }) => packagings.map(({ leading }) => leading.replaceAll('.', String.raw`\.`).replace('#', '[0-9]+')));

/** A script for `sh -c` that asks apt of all software at once; `policy` of each package on standard output. Reads only. */
export const ASK_APT = `apt-cache pkgnames | grep -xE '${LEADING.join('|')}' | sort | LC_ALL=C xargs -r apt-cache policy`;
