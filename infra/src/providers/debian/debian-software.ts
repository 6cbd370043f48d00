import { CommandFailed, SoftwareNotAvailable } from '@holdfast/domain';
import { capture } from './capture.js';
import type { MachineRunner } from './machine-runner.js';
import { ASK_APT, offeredPackages, type OfferedPackage } from './offered-packages.js';
import { PackageOffers } from './package-offers.js';
import { ADMIT_OUR_FOLDER, COLLECT_PROGRAMS, INSTALL, UPDATE, UPDATE_OLD_LISTS } from './software-scripts.js';
import { packagedSoftware, requestVersion, type PackagedSoftware } from './software-table.js';
import { withoutCredentials } from './without-credentials.js';

const ASK_MS = 60_000;
const UPDATE_MS = 300_000;
const INSTALL_MS = 900_000;
const TRIES = 3;
/** What dpkg and apt say of a full disk: nothing that newer lists would change, and they would hide it behind their own failure. */
const DISK_FULL = /No space left on device|You don't have enough free space/;
const LINKS_DIRECTORY = '/usr/local/lib/holdfast/software';

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
    let offered = await this.find(entry, version);
    if (!(await this.isInstalled(entry, offered))) offered = await this.install(entry, offered, version);
    if (entry.profile !== undefined) await this.asRoot(ADMIT_OUR_FOLDER, [entry.profile], ASK_MS);
    const directory = await this.binDirectory(entry, offered.version);
    this.present.set(key, directory);
    return directory;
  }

  private async find(entry: PackagedSoftware, version: string): Promise<OfferedPackage> {
    const found = choose(offeredPackages(entry, await this.offers.read(() => this.askApt())), version);
    if (found) return found;
    // Lists that are old, or not there, do not tell what there is.
    await this.asRoot(UPDATE_OLD_LISTS, [], UPDATE_MS);
    return this.findHere(entry, version);
  }

  private async findHere(entry: PackagedSoftware, version: string): Promise<OfferedPackage> {
    const offered = offeredPackages(entry, await this.askApt());
    const found = choose(offered, version);
    if (!found) throw new SoftwareNotAvailable(entry.software, version, offered.map((candidate) => candidate.version));
    return found;
  }

  private async askApt(): Promise<string> {
    return (await capture(this.runner, { argv: ['sh', '-c', ASK_APT], as: 'account', isShort: true, timeoutMs: ASK_MS })).stdout;
  }

  /** Another version of the leading package may be there: of whoever had the machine before. */
  private async isInstalled(entry: PackagedSoftware, { version, packageName, companions }: OfferedPackage): Promise<boolean> {
    const argv: [string, ...string[]] = ['dpkg-query', '--show', '--showformat=${Package} ${db:Status-Status} ${Version}\\n', packageName, ...companions];
    const { exitCode, stdout } = await capture(this.runner, { argv, as: 'account', isShort: true, timeoutMs: ASK_MS });
    if (exitCode !== 0) return false;
    return stdout.trim().split('\n').every((line) => {
      const [name = '', status, packageVersion = ''] = line.split(' ');
      return status === 'installed' && (name !== packageName || entry.packagings.some((packaging) => requestVersion(entry, packaging, name, packageVersion) === version));
    });
  }

  private async install(entry: PackagedSoftware, first: OfferedPackage, version: string): Promise<OfferedPackage> {
    let offered = first;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.asRoot(INSTALL, [entry.units.join(' '), offered.from?.suite ?? '-', askedFor(offered).join(' ')], INSTALL_MS);
        return offered;
      } catch (problem) {
        if (attempt === TRIES || !(problem instanceof CommandFailed) || DISK_FULL.test(problem.outputTail)) throw problem;
        // The mirror may have replaced a package since the lists were read.
        await this.asRoot(UPDATE, [], UPDATE_MS);
        offered = await this.findHere(entry, version);
      }
    }
  }

  private async binDirectory({ software, programs }: PackagedSoftware, version: string): Promise<string> {
    if ('in' in programs) return programs.in.replace('#', version);
    const folder = `${LINKS_DIRECTORY}/${software}-${version}`;
    await this.asRoot(COLLECT_PROGRAMS, [folder, programs.by ?? 'links', ...programs.of], ASK_MS);
    return folder;
  }

  private async asRoot(script: string, args: readonly string[], timeoutMs: number): Promise<void> {
    const argv: [string, ...string[]] = ['sh', '-c', script, 'sh', ...args];
    const result = await capture(this.runner, { argv, as: 'root', env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs });
    if (result.exitCode !== 0) throw new CommandFailed(this.runner.machineId, ['apt-get', ...args], result.exitCode, withoutCredentials(`${result.stdout}${result.stderr}`).trim().slice(-2000));
  }
}

/** Any is one that needs no other suite, where there is one. */
const choose = (offered: readonly OfferedPackage[], version: string): OfferedPackage | undefined =>
  version === 'any' ? (offered.find(({ from }) => from === undefined) ?? offered[0]) : offered.find((candidate) => candidate.version === version);

/** In exactly this version where apt would take another: what the suite has by now need not be what was offered. */
const askedFor = ({ packageName, companions, from }: OfferedPackage): readonly string[] => [from === undefined ? packageName : `${packageName}=${from.packageVersion}`, ...companions];
