import { CommandFailed, SoftwareNotAvailable } from '@holdfast/domain';
import { capture } from './capture.js';
import type { MachineRunner } from './machine-runner.js';
import { PackageOffers } from './package-offers.js';
import { ASK_APT, offeredPackages, packagedSoftware, type OfferedPackage, type PackagedSoftware } from './software-table.js';

const ASK_MS = 60_000;
const UPDATE_MS = 300_000;
const INSTALL_MS = 900_000;
const TRIES = 3;
/** What dpkg and apt say of a full disk: nothing that newer lists would change, and they would hide it behind their own failure. */
const DISK_FULL = /No space left on device|You don't have enough free space/;
const LISTS_AGE_MINUTES_MAX = 24 * 60;
const LINKS_DIRECTORY = '/usr/local/lib/holdfast/software';

const APT = 'apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef';

const UPDATE = `${APT} update`;
const LISTS_ARE_FRESH = `[ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -${LISTS_AGE_MINUTES_MAX} -print -quit)" ]`;

/**
 * UNITS SUITE|- PACKAGES. Nothing that a package brings starts by itself: its units are masked before they are there, and
 * invoke-rc.d is told no (policy-rc.d) while we install; a machine's own policy is left as it is. What an installation that was
 * killed left unfinished is finished first.
 */
const INSTALL = `set -eu
units=$1 suite=$2 packages=$3
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ] || grep -q '^# holdfast' $policy; then
  trap 'rm -f '$policy EXIT
  printf '#!/bin/sh\\n# holdfast\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
systemctl --quiet mask $units
if [ "\${packages#*postgresql-}" != "$packages" ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  printf 'create_main_cluster = false\\n' > /etc/postgresql-common/createcluster.conf
fi
dpkg --configure -a --force-confold
target=
[ "$suite" = - ] || target="-t $suite"
${APT} install --no-install-recommends $target $packages`;

/** FOLDER PACKAGE...: links to all their programs. Names that a release of Debian or Ubuntu does not have are passed over. */
const LINK_PROGRAMS = `set -eu
links=$1
shift
mkdir -p "$links"
dpkg-query --listfiles "$@" 2> /dev/null | grep -E '^/usr/s?bin/.' | while read -r file; do ln -sfn "$file" "$links/"; done`;

/** Programs of a Debian machine, from its own package sources. */
export class DebianSoftware {
  private readonly present = new Map<string, string>();

  /** @param offers what machines like this one are offered, as long as this one's lists have not been updated */
  constructor(
    private readonly runner: MachineRunner,
    private readonly offers = new PackageOffers(),
  ) {}

  /** The folder of the programs. Installed once; asked again only by another process. */
  async ensure(software: string, version: string): Promise<string> {
    const key = `${software} ${version}`;
    const known = this.present.get(key);
    if (known !== undefined) return known;
    const entry = packagedSoftware(software);
    if (!entry) throw new SoftwareNotAvailable(software, version, []);
    const offered = await this.find(entry, version);
    const packages = [offered.packageName, ...entry.companions];
    if (!(await this.areInstalled(packages))) await this.install(entry, offered, packages);
    const directory = await this.binDirectory(entry, offered.version);
    this.present.set(key, directory);
    return directory;
  }

  private async find(entry: PackagedSoftware, version: string): Promise<OfferedPackage> {
    const choose = (offered: readonly OfferedPackage[]): OfferedPackage | undefined => (version === 'any' ? offered[0] : offered.find((candidate) => candidate.version === version));
    const found = choose(offeredPackages(entry, await this.offers.read(() => this.askApt())));
    if (found) return found;
    // Lists that are old, or not there, do not tell what there is.
    await this.asRoot(`${LISTS_ARE_FRESH} || ${UPDATE}`, [], UPDATE_MS);
    const offered = offeredPackages(entry, await this.askApt());
    const foundNow = choose(offered);
    if (!foundNow) throw new SoftwareNotAvailable(entry.software, version, offered.map((candidate) => candidate.version));
    return foundNow;
  }

  private async askApt(): Promise<string> {
    return (await capture(this.runner, { argv: ['sh', '-c', ASK_APT], as: 'account', isShort: true, timeoutMs: ASK_MS })).stdout;
  }

  private async areInstalled(packages: readonly string[]): Promise<boolean> {
    const argv: [string, ...string[]] = ['dpkg-query', '--show', '--showformat=${db:Status-Status}\\n', ...packages];
    const { exitCode, stdout } = await capture(this.runner, { argv, as: 'account', isShort: true, timeoutMs: ASK_MS });
    return exitCode === 0 && stdout.trim().split('\n').every((status) => status === 'installed');
  }

  private async install(entry: PackagedSoftware, offered: OfferedPackage, packages: readonly string[]): Promise<void> {
    const args = [entry.units.join(' '), offered.suite ?? '-', packages.join(' ')];
    for (let attempt = 1; ; attempt++) {
      try {
        await this.asRoot(INSTALL, args, INSTALL_MS);
        return;
      } catch (problem) {
        if (attempt === TRIES || !(problem instanceof CommandFailed) || DISK_FULL.test(problem.outputTail)) throw problem;
        // The mirror may have replaced a package since the lists were read.
        await this.asRoot(UPDATE, [], UPDATE_MS);
      }
    }
  }

  private async binDirectory({ software, programs }: PackagedSoftware, version: string): Promise<string> {
    if ('in' in programs) return programs.in.replace('#', version);
    const links = `${LINKS_DIRECTORY}/${software}-${version}`;
    await this.asRoot(LINK_PROGRAMS, [links, ...programs.of], ASK_MS);
    return links;
  }

  private async asRoot(script: string, args: readonly string[], timeoutMs: number): Promise<void> {
    const argv: [string, ...string[]] = ['sh', '-c', script, 'sh', ...args];
    const result = await capture(this.runner, { argv, as: 'root', env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs });
    if (result.exitCode !== 0) throw new CommandFailed(this.runner.machineId, ['apt-get', ...args], result.exitCode, `${result.stdout}${result.stderr}`.trim().slice(-2000));
  }
}
