/** A version of a package, as apt ranks it. */
export interface PackageVersion {
  readonly packageName: string;
  readonly version: string;
  /** apt takes this one where no other is asked for. */
  readonly isCandidate: boolean;
  readonly priority: number;
  /** Of the first source that has it, such as `bookworm-backports`; undefined for one that is only installed. */
  readonly suite?: string;
}

/** `mysql-server-core:` */
const PACKAGE = /^(\S+):$/;
const CANDIDATE = /^ {2}Candidate: (\S+)$/;
/** ` *** 9.7.4-2 100` is installed, `     9.7.4-2 90` is not; Ubuntu adds how far it has been handed out. */
const VERSION = /^ (?:\*{3}| {3}) (\S+) (-?\d+)(?: \(phased \d+%\))?$/;
/** `        500 http://mirror/debian bookworm/main amd64 Packages`; `100 /var/lib/dpkg/status` has no suite. */
const SOURCE = /^ +-?\d+ \S+ (\S+?)\/\S* .*Packages$/;

/** What `apt-cache policy PACKAGE...` told, in its order, which is the newest version of each package first. */
export const packagePolicy = (text: string): readonly PackageVersion[] => {
  const found: PackageVersion[] = [];
  let [packageName, candidate] = ['', ''];
  for (const line of text.split('\n')) {
    packageName = PACKAGE.exec(line)?.[1] ?? packageName;
    candidate = CANDIDATE.exec(line)?.[1] ?? candidate;
    const [, version, priority] = VERSION.exec(line) ?? [];
    if (version !== undefined) found.push({ packageName, version, isCandidate: version === candidate, priority: Number(priority) });
    const suite = SOURCE.exec(line)?.[1];
    const last = found.at(-1);
    if (suite !== undefined && last !== undefined && last.suite === undefined) found[found.length - 1] = { ...last, suite };
  }
  return found;
};
