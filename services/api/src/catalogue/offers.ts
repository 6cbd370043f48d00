import { findEngine, findProvider, portsOfCluster, type DeployClusterInput, type MachineSupply, type Offer } from '@holdfast/domain';
import { unavailable } from '../problems/problem.js';

/** Asks one provider for the versions of a software that its machines can get, newest first. */
export type VersionSource = (software: string) => Promise<readonly string[]>;

/** Asks a provider that has only some machines what it can give now. */
export type SupplySource = (ports: readonly number[]) => Promise<MachineSupply>;

/** Installing or removing a version is seen after at most this. */
const MEMORY_MS = 5_000;

interface Remembered {
  readonly until: number;
  readonly versions: Promise<readonly string[]>;
}

/** What each provider's machines can get now, remembered for a few seconds so that accepting a command does not wait for it. */
export class Offers {
  private readonly known = new Map<string, Remembered>();

  /**
   * @param sources by the provider's id
   * @param supplies by the provider's id, of those that have only some machines
   */
  constructor(
    private readonly sources: Readonly<Record<string, VersionSource>>,
    private readonly supplies: Readonly<Record<string, SupplySource>> = {},
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * The offer for a deployment. Where engine or provider are unknown or not built, the catalogue's own versions are answered, so that
   * the rules name the real fault and not a missing version beside it.
   */
  async offerFor({ provider, engine, mode }: Pick<DeployClusterInput, 'provider' | 'engine' | 'mode'>): Promise<Offer> {
    const known = findEngine(engine);
    if (known === undefined) return { engineVersions: [] };
    if (known.notDeployable !== undefined || findProvider(provider)?.notDeployable !== undefined || this.sources[provider] === undefined) {
      return { engineVersions: known.versions };
    }
    const [engineVersions, machines] = await Promise.all([this.versions(provider, engine), this.machinesFor(provider, portsOfCluster(engine, mode))]);
    return { engineVersions, ...machines };
  }

  /** What the provider can still give; nothing where it makes as many machines as are wanted. Never remembered: hosts are added while somebody waits. */
  async machinesFor(provider: string, ports: readonly number[]): Promise<Pick<Offer, 'machines'>> {
    const ask = this.supplies[provider];
    if (ask === undefined) return {};
    try {
      return { machines: await ask(ports) };
    } catch (error) {
      throw unavailable('provider-unavailable', `Provider ${provider} does not say which machines it has: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Versions of an engine by provider, of those that can be used. One that does not answer offers none now; who deploys there is told why. */
  async versionsByProvider(engine: string): Promise<Record<string, readonly string[]>> {
    const names = Object.keys(this.sources).filter((name) => findProvider(name)?.notDeployable === undefined);
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await this.versions(name, engine).catch(() => [])] as const)));
  }

  private async versions(provider: string, software: string): Promise<readonly string[]> {
    const key = `${provider}/${software}`;
    const known = this.known.get(key);
    if (known !== undefined && known.until > this.now()) return known.versions;
    const versions = this.ask(provider, software);
    this.known.set(key, { until: this.now() + MEMORY_MS, versions });
    // The caller gets the rejection itself; here it is only forgotten. So is that there are none: a host may be added next.
    versions.then(({ length }) => length === 0 && this.known.delete(key), () => this.known.delete(key));
    return versions;
  }

  private async ask(provider: string, software: string): Promise<readonly string[]> {
    try {
      return (await this.sources[provider]?.(software)) ?? [];
    } catch (error) {
      throw unavailable('provider-unavailable', `Provider ${provider} does not say which versions it has: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
