import type { MachineRequest } from '@holdfast/domain';
import type Docker from 'dockerode';
import { ROOT_DIRECTORY } from '../debian/debian-place.js';
import { containerName, volumeName, type Labels } from './docker-names.js';

/**
 * The container that is a machine: systemd is its first process, and its limits are its plan's. Without seccomp and AppArmor
 * because systemd mounts; with the host's control groups because systemd loses track of daemons in a namespace of its own
 * (tried with Docker 20.10 on cgroup v1). Such a container protects the host less than an ordinary one: it is a twin of a virtual
 * machine for people's own programs, no wall around a stranger's.
 */
export const machineContainer = (options: {
  readonly image: string;
  readonly installation: string;
  readonly request: MachineRequest;
  readonly labels: Labels;
  readonly network: string;
  readonly address: string;
  /** Docker refuses more processors than the computer has. */
  readonly cpuCountMax: number;
}): Docker.ContainerCreateOptions => {
  const { image, installation, request, labels, network, address, cpuCountMax } = options;
  const isolation: Docker.HostConfig & { CgroupnsMode: 'host' } = {
    CapAdd: ['SYS_ADMIN', 'NET_ADMIN'],
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
    CgroupnsMode: 'host',
    Binds: ['/sys/fs/cgroup:/sys/fs/cgroup:rw'],
    Tmpfs: { '/run': '', '/run/lock': '', '/tmp': '' },
  };
  return {
    name: containerName(installation, request.machineId, { kind: 'new' }),
    Image: image,
    Hostname: hostnameFrom(request.name),
    Labels: { ...labels },
    Env: ['container=docker'],
    HostConfig: {
      ...isolation,
      Mounts: [{ Type: 'volume', Source: volumeName(installation, request.machineId), Target: ROOT_DIRECTORY }],
      Memory: request.memoryBytes,
      // No swap beside it: a database that swaps is worse than one that is told there is no memory.
      MemorySwap: request.memoryBytes,
      NanoCpus: Math.min(request.cpuCount, cpuCountMax) * 1e9,
      // Started again with the daemon and the host, unless it was stopped: as a server that gets its power back.
      RestartPolicy: { Name: 'unless-stopped' },
      NetworkMode: network,
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
  };
};

/** Letters, digits and hyphens, at most 63 (RFC 1123). */
const hostnameFrom = (name: string): string => name.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-+/, '').slice(0, 63).replace(/-+$/, '') || 'node';
