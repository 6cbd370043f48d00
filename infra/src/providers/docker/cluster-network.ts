import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { askDocker, statusOf, unlessStatus } from './docker-api.js';
import { LABEL, networkName, requireOurs } from './docker-names.js';

/** 256 networks of 10.209.N.0/24, one a cluster: a machine's address must outlive its reboot, which Docker promises only in a subnet that was named. */
const SUBNETS = 256;
const subnetOf = (n: number): string => `10.209.${n}`;
/** The first belongs to the bridge, some are left for a person's own. */
const FIRST_HOST = 10;
const LAST_HOST = 254;

/** The network of a cluster, made when it is not there. Answers its name and the first three numbers of its addresses. */
export const ensureNetwork = async (docker: Docker, installation: string, clusterId: string): Promise<{ name: string; prefix: string }> => {
  const name = networkName(installation, clusterId);
  const known = await unlessStatus([404], () => docker.getNetwork(name).inspect());
  if (known) {
    requireOurs(`network ${name}`, installation, known.Labels);
    return { name, prefix: prefixOf(known.IPAM?.Config?.[0]?.Subnet) };
  }
  const own = new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address.split('.').slice(0, 3).join('.'))));
  const first = createHash('sha256').update(name).digest()[0] ?? 0;
  for (let step = 0; step < SUBNETS; step++) {
    const prefix = subnetOf((first + step) % SUBNETS);
    if (own.has(prefix)) continue;
    if (await tryNetwork(docker, name, prefix, { [LABEL.installation]: installation, [LABEL.cluster]: clusterId })) return { name, prefix };
  }
  throw new Error('No subnet of 10.209.0.0/16 is left for another cluster. Remove networks that nobody uses: docker network prune');
};

/** False when Docker has the subnet already (403 "Pool overlaps with other one on this address space"). */
const tryNetwork = async (docker: Docker, name: string, prefix: string, labels: Record<string, string>): Promise<boolean> => {
  try {
    await askDocker(() => docker.createNetwork({ Name: name, CheckDuplicate: true, Driver: 'bridge', Labels: labels, IPAM: { Config: [{ Subnet: `${prefix}.0/24`, Gateway: `${prefix}.1` }] } }));
    return true;
  } catch (problem) {
    if (statusOf(problem) !== undefined && /overlap/i.test(String((problem as Error).message))) return false;
    throw problem;
  }
};

const prefixOf = (subnet: string | undefined): string => (subnet ?? '').split('.').slice(0, 3).join('.');

/** The lowest address of the network that no machine has, also none that is stopped. */
export const freeAddress = (prefix: string, taken: ReadonlySet<string>): string => {
  for (let host = FIRST_HOST; host <= LAST_HOST; host++) if (!taken.has(`${prefix}.${host}`)) return `${prefix}.${host}`;
  throw new Error(`No address of ${prefix}.0/24 is left for another machine.`);
};

/** Nothing to do when it is gone, or when something of somebody else hangs on it. */
export const removeNetwork = async (docker: Docker, networkId: string): Promise<void> => {
  await unlessStatus([404, 403, 409], () => docker.getNetwork(networkId).remove());
};
