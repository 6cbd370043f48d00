import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARKER_PATH, type HostRegistry, type Machine, type RegisteredHost } from '@holdfast/domain';
import { SshHosts, SshProvider } from '@holdfast/infra/providers/ssh';
import { startRegistry, type TestRegistry } from '../support/host-registry.js';
import { startSshContainers, type SshContainers } from '../support/ssh-containers.js';
import { startRelay, type TcpRelay } from '../support/tcp-relay.js';
import type { ProviderHarness } from '../contracts/machine.harness.js';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** So many containers with systemd and sshd as servers that somebody has brought. */
export const sshHarness = async (hosts: number): Promise<ProviderHarness & { provider: SshProvider }> => {
  const [registry, containers] = await Promise.all([startRegistry(), startSshContainers()]);
  // Every other one lets in an account that becomes root by sudo.
  const servers = await Promise.all(Array.from({ length: hosts }, (_, at) => containers.start(at % 2 === 0 ? { sudo: 'without-password' } : {})));
  for (const { address, user } of servers) await registry.add(address, 22, user, containers.privateKey);
  const addresses = servers.map(({ address }) => address);
  const relays = new Map(await Promise.all(addresses.map(async (address) => [address, await startRelay(22, address)] as const)));
  const provider = new SshProvider({ registry: registry.registry });
  const another = new SshProvider({ registry: registry.registry });
  const far = new SshProvider({ registry: behind(registry, relays) });
  const uids = new Map<string, number>();
  const hostOf = async (machineId: string): Promise<RegisteredHost | undefined> => (await registry.registry.list()).find(({ assignment }) => assignment?.machineId === machineId);
  const lastAddress = new Map<string, string>();
  const addressOf = async (machineId: string): Promise<string | undefined> => {
    const found = (await hostOf(machineId))?.address ?? lastAddress.get(machineId);
    if (found !== undefined) lastAddress.set(machineId, found);
    return found;
  };
  return {
    ...{ provider, another },
    cuttable: { provider: far, cut: () => relays.forEach((relay) => relay.cut()) },
    limits: { postgresql: '15', stopMs: 1_500, manyMachines: 3 },
    leaveHalfCreated: async (machineId) => {
      const free = (await registry.registry.list()).find(({ assignment }) => assignment === undefined);
      if (free === undefined) throw new Error('No host is free.');
      await new SshHosts(registry.registry).check(free);
      await registry.registry.assign(free.id, { machineId, clusterId: 'cluster-1', name: 'half', ports: [], assignedAt: new Date().toISOString() });
    },
    lives: async (machine, pid) => pidLivesIn(await containers.initOf(machine.address), pid),
    smallDisk: async (machine, path) => mountSmallDisk(containers, machine, path),
    processesOn: async (machineId) => {
      const address = await addressOf(machineId);
      if (address === undefined) return [];
      const uid = uids.get(address) ?? Number(await containers.inside(address, 'sh', '-c', 'id -u holdfast || echo -1'));
      if (uid > 0) uids.set(address, uid);
      return (await containers.processesOf(address)).filter((process) => process.uid === uid).map(({ pid }) => pid);
    },
    remains: async (machineId) => {
      const address = await addressOf(machineId);
      if (address === undefined) return false;
      const left = await containers.inside(address, 'sh', '-c', `ls -d /var/lib/holdfast /usr/local/lib/holdfast 2> /dev/null; ls /etc/systemd/system | grep holdfast; cat ${MARKER_PATH} 2> /dev/null || :`);
      return left.includes(machineId) || (await hostOf(machineId)) !== undefined || (left !== '' && !left.includes('"machineId"'));
    },
    doomed: (program) => runDoomed(program, registry.access),
    destroy: async () => {
      await Promise.all([provider.close(), another.close(), far.close(), ...[...relays.values()].map((relay) => relay.close())]);
      await containers.stop();
      await registry.stop();
    },
  };
};

/** The same hosts, reached over relays. */
const behind = ({ registry }: TestRegistry, relays: ReadonlyMap<string, TcpRelay>): HostRegistry => {
  const there = (host: RegisteredHost): RegisteredHost => ({ ...host, address: '127.0.0.1', port: relays.get(host.address)?.port ?? host.port });
  return {
    list: async () => (await registry.list()).map(there),
    find: async (hostId) => {
      const host = await registry.find(hostId);
      return host === undefined ? undefined : there(host);
    },
    privateKey: (host) => registry.privateKey(host),
    owner: () => registry.owner(),
    pinKey: (hostId, fingerprint, agreed) => registry.pinKey(hostId, fingerprint, agreed),
    recordCheck: (hostId, check) => registry.recordCheck(hostId, check),
    assign: (hostId, assignment) => registry.assign(hostId, assignment),
    free: (hostId, machineId) => registry.free(hostId, machineId),
  };
};

/** By the container's own process table, seen from here. One that has ended and waits to be collected lives no more. */
const pidLivesIn = (init: number, pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${init}/root/proc/${pid}/stat`, 'utf8'));
  } catch (problem) {
    if (['ENOENT', 'ESRCH'].includes((problem as NodeJS.ErrnoException).code ?? '')) return false;
    throw problem;
  }
};

const mountSmallDisk = async (containers: SshContainers, machine: Machine, path: string): Promise<void> => {
  const { stdout } = await machine.run({ argv: ['sh', '-c', 'mkdir "$1" && id -u', 'sh', path], timeoutMs: 10_000 });
  await containers.inside(machine.address, 'mount', '-t', 'tmpfs', '-o', `size=4m,mode=700,uid=${stdout.trim()}`, 'holdfast-test', `${machine.dataDirectory}/${path}`);
};

/** Runs this in a process of its own on the hosts of a registry, and kills that (SIGKILL) when it has written `ready`. */
export const runDoomed = async (program: string, { url, keyHex }: TestRegistry['access']): Promise<void> => {
  const from = (path: string): string => JSON.stringify(join(repository, 'infra/src', path, 'index.ts'));
  const source = `
    import { createPool, PostgresEventStore } from ${from('event-store-postgres')};
    import { EventStoreHostRegistry } from ${from('hosts')};
    import { PostgresSecrets } from ${from('secrets')};
    import { SshProvider } from ${from('providers/ssh')};
    const url = ${JSON.stringify(url)};
    const secrets = new PostgresSecrets(createPool(url), Buffer.from(${JSON.stringify(keyHex)}, 'hex'));
    const registry = new EventStoreHostRegistry(PostgresEventStore.connect(url), secrets, { actor: 'test', correlationId: 'test' });
    const provider = new SshProvider({ registry });
    ${program}
    setInterval(() => undefined, 1000);
  `;
  const argv = ['--conditions=holdfast-source', '--import', 'tsx', '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, argv, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (piece: Buffer) => piece.toString().includes('ready') && resolve());
    child.once('exit', () => reject(new Error('It ended before it was ready.')));
  });
  child.kill('SIGKILL');
  await ended;
};
