import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
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
  const own = await prefixesOfThisComputer();
  const first = createHash('sha256').update(name).digest()[0] ?? 0;
  for (let step = 0; step < SUBNETS; step++) {
    const prefix = subnetOf((first + step) % SUBNETS);
    if (own.has(prefix)) continue;
    if (await tryNetwork(docker, name, prefix, { [LABEL.installation]: installation, [LABEL.cluster]: clusterId })) return { name, prefix };
  }
  throw new Error('No subnet of 10.209.0.0/16 is left for another cluster. Remove networks that nobody uses: docker network prune');
};

/**
 * Of its addresses, and of what it reaches over a route of its own. Docker knows only its own networks; those of another Docker whose
 * machines are stopped, or that was killed and left its bridge behind, have no address here that counts as up, and take the packets.
 */
const prefixesOfThisComputer = async (): Promise<ReadonlySet<string>> => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address.split('.').slice(0, 3).join('.')));
  return new Set([...addresses, ...prefixesOfRoutes(await readFile('/proc/net/route', 'utf8'))]);
};

const SUBNET_MASK = 0xffffff00;

/** In the kernel's table, addresses are hexadecimal numbers whose first byte comes last. Routes to more than a subnet of ours lead nowhere near it. */
export const prefixesOfRoutes = (table: string): string[] =>
  table
    .trimEnd()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
      return addressNumber(mask) < SUBNET_MASK ? [] : [bytesOf(destination).slice(0, 3).join('.')];
    });

const bytesOf = (hexadecimal: string): number[] => [...Buffer.from(hexadecimal, 'hex')].reverse();
const addressNumber = (hexadecimal: string): number => bytesOf(hexadecimal).reduce((number, byte) => number * 256 + byte, 0);

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
