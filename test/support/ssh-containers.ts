import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildMachineImage } from '@holdfast/infra/providers/docker';
import { testDocker } from './docker-daemon.js';
import { toolsDirectory } from './event-store-server.js';

const run = promisify(execFile);
const DOCKER_MS = 240_000;
const dockerAt =
  (socketPath: string) =>
  async (...argv: readonly string[]): Promise<string> =>
    (await run('docker', ['--host', `unix://${socketPath}`, ...argv], { timeout: DOCKER_MS, maxBuffer: 16 * 1024 * 1024 })).stdout.trim();

/** Containers with systemd and sshd, as servers that somebody brings; nothing of ours is on them. */
export interface SshContainers {
  readonly privateKey: string;
  /** The address of another server, which lets `user` in with the key, and nobody else: root, or an account that can sudo. */
  start(options?: SshServerOptions): Promise<{ readonly name: string; readonly address: string; readonly user: string }>;
  /** Runs a program as root in the container at this address, past sshd; answers what it prints. */
  inside(address: string, ...argv: readonly string[]): Promise<string>;
  /** What the server has, in lines: the same before and after it has served. */
  stateOf(address: string): Promise<readonly string[]>;
  /** Pids and uids, seen from this computer, of what runs in it. */
  processesOf(address: string): Promise<readonly { readonly pid: number; readonly uid: number }[]>;
  /** The pid, seen from this computer, of its first process. */
  initOf(address: string): Promise<number>;
  /** Lets it show another key from now on, also on connections that are open; answers the fingerprint. */
  replaceHostKey(address: string): Promise<string>;
  /** Puts it off the network and on again. */
  setNetwork(address: string, on: boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface SshServerOptions {
  /** Lets in an account `admin` that is no root: sudo asks it for no password, or for one. Default: root. */
  readonly sudo?: 'without-password' | 'with-password';
}

/** As root: `sh -c SCRIPT sh PUBLIC-KEY SUDOERS-LINE`; without the line, root itself is let in. */
const LET_IN = `set -e
umask 077
home=/root
if [ -n "$2" ]; then
  useradd --create-home --shell /bin/bash admin
  echo 'admin:a password' | chpasswd
  home=/home/admin
  echo "$2" > /etc/sudoers.d/admin
fi
mkdir -p $home/.ssh
printf %s "$1" > $home/.ssh/authorized_keys
if [ -n "$2" ]; then chown -R admin:admin $home/.ssh; fi`;
const SUDOERS = { 'without-password': 'admin ALL=(ALL) NOPASSWD: ALL', 'with-password': 'admin ALL=(ALL) ALL' } as const;

/** What a server has, apart from what changes by itself: packages, accounts, units, packet filter, files where ours would be. */
const STATE = `dpkg-query -W -f '\${Package} \${db:Status-Status}\\n'
cat /etc/passwd /etc/group
systemctl list-unit-files --no-legend
nft list ruleset
ls -A /var/lib /var/log /usr/local/lib /usr/local/bin /etc/systemd/system /etc /etc/apt/sources.list.d /etc/sudoers.d /root /home /srv /opt`;

/** The sessions of the old server end with it: who comes again sees the new key. */
const REPLACE_KEY = `set -e
rm /etc/ssh/ssh_host_*
ssh-keygen -q -A > /dev/null
systemctl restart ssh
pkill -KILL -f '^sshd: [a-z]' || :
ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2`;

/** What systemd needs in a container; the same as the docker provider's machines. */
const FLAGS = [
  ...['--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
  ...['--cgroupns=host', '-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw', '--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp', '--env', 'container=docker'],
  // A reboot ends a container: it is started again, as a server is.
  ...['--restart', 'always'],
];

/** On the Docker that DOCKER_HOST names, that runs here, or of the test's own; makes the image of machines where it is not there. */
export const startSshContainers = async (): Promise<SshContainers> => {
  const daemon = await testDocker();
  const { socketPath } = daemon;
  const docker = dockerAt(socketPath);
  const image = await buildMachineImage({ tools: toolsDirectory(), report: () => undefined, socketPath });
  const network = `holdfast-ssh-${randomBytes(4).toString('hex')}`;
  // A subnet that is named lets containers keep their addresses over a restart.
  const prefix = `10.208.${randomBytes(1)[0] ?? 0}`;
  await docker('network', 'create', '--subnet', `${prefix}.0/24`, network);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-ssh-key-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  const [privateKey, publicKey] = [readFileSync(join(folder, 'key'), 'utf8'), readFileSync(join(folder, 'key.pub'), 'utf8')];
  rmSync(folder, { recursive: true });
  const names = new Map<string, string>();
  const nameOf = (address: string): string => names.get(address) ?? address;
  return {
    privateKey,
    start: async ({ sudo } = {}) => {
      const address = `${prefix}.${10 + names.size}`;
      const name = `${network}-${names.size}`;
      names.set(address, name);
      await docker('run', '--detach', '--name', name, '--hostname', name.slice(-20), '--network', network, '--ip', address, ...FLAGS, image);
      await docker('exec', name, 'sh', '-c', LET_IN, 'sh', publicKey, sudo === undefined ? '' : SUDOERS[sudo]);
      await answers(address);
      return { name, address, user: sudo === undefined ? 'root' : 'admin' };
    },
    inside: (address, ...argv) => docker('exec', nameOf(address), ...argv),
    stateOf: async (address) => (await docker('exec', nameOf(address), 'sh', '-c', STATE)).split('\n'),
    processesOf: async (address) => {
      const lines = (await docker('top', nameOf(address), '-eo', 'pid,uid')).split('\n').slice(1);
      return lines.map((line) => line.trim().split(/\s+/).map(Number)).map(([pid = 0, uid = 0]) => ({ pid, uid }));
    },
    initOf: async (address) => Number(await docker('inspect', '--format', '{{.State.Pid}}', nameOf(address))),
    replaceHostKey: (address) => docker('exec', nameOf(address), 'sh', '-c', REPLACE_KEY),
    setNetwork: async (address, on) => {
      if (on) await docker('network', 'connect', '--ip', address, network, nameOf(address));
      else await docker('network', 'disconnect', network, nameOf(address));
    },
    stop: async () => {
      for (const name of names.values()) await docker('rm', '--force', '--volumes', name);
      await docker('network', 'rm', network);
      await daemon.stop();
    },
  };
};

/** Its sshd has said who it is. */
const answers = async (address: string): Promise<void> => {
  const deadline = performance.now() + 180_000;
  while (!(await greets(address))) {
    if (performance.now() > deadline) throw new Error(`No sshd answers at ${address}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const greets = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1_000 });
    const done = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('data', done(true)).once('error', done(false)).once('timeout', done(false)).once('close', done(false));
  });
