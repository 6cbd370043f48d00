import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installFolder, unpackPackage } from '@holdfast/infra/toolchain';
import { freePorts } from './free-ports.js';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const tools = process.env['HOLDFAST_TOOLS'] ?? join(repository, '.holdfast', 'tools');

/** OpenSSH's server: the system's, or the one of the system's package, unpacked beside the other programs. */
const ensureSshd = async (): Promise<string> => {
  const installed = findProgram('sshd') ?? '/usr/sbin/sshd';
  if (existsSync(installed)) return installed;
  const folder = join(tools, 'openssh-server');
  const program = join('usr', 'sbin', 'sshd');
  await installFolder(folder, program, async (made, scratch) => {
    await unpackPackage('openssh-server', made, join(scratch, 'apt'), () => undefined);
  });
  return join(folder, program);
};

export interface SshdOptions {
  /** What /etc/os-release says; default Debian 12. */
  readonly osRelease?: string;
  /** Size of its /var/lib, as mount(8) takes it; default 20g (of memory that is not used until it is written). */
  readonly disk?: string;
  /** Programs that stand before the system's, by name. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Further lines of sshd_config. */
  readonly configuration?: readonly string[];
}

export interface Sshd {
  readonly address: string;
  readonly port: number;
  /** Lets in as root, and as `guest`, who cannot become root. */
  readonly privateKey: string;
  readonly otherPrivateKey: string;
  readonly fingerprint: () => string;
  /** Pids of the processes that serve connections. */
  sessions(): number[];
  /** Shows another key from now on, as a server that was installed anew. */
  replaceHostKey(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Root's part in a mount namespace of its own: /var/lib, /run and the accounts are not this computer's. The tools may lie below
 * /var/lib, so they are mounted elsewhere first.
 */
const NAMESPACE = `set -e
program="$3/usr/sbin/sshd"
if [ "$3" != / ]; then
  mkdir -p "$1/programs"
  mount --bind "$3" "$1/programs"
  program="$1/programs/usr/sbin/sshd"
fi
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/systemd/system
mount -t tmpfs -o "size=$2,mode=755" tmpfs /var/lib
for file in passwd shadow os-release; do mount --bind "$1/$file" "/etc/$file"; done
exec "$program" -D -r -e -f "$1/sshd_config"`;

/** A real sshd on loopback, as a server that somebody brings; without systemd. */
export const startSshd = async (options: SshdOptions = {}): Promise<Sshd> => {
  const program = await ensureSshd();
  const [port] = await freePorts(1);
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sshd-'));
  const key = (name: string): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(directory, name)]);
    return readFileSync(join(directory, name), 'utf8');
  };
  const [privateKey, otherPrivateKey] = [key('client'), key('other')];
  key('host');
  writeServerFiles(directory, port ?? 0, options);
  let child = await start(program, directory, port ?? 0, options);
  return {
    address: '127.0.0.1',
    port: port ?? 0,
    privateKey,
    otherPrivateKey,
    fingerprint: () => execFileSync('ssh-keygen', ['-lf', join(directory, 'host.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '',
    sessions: () => (child.pid === undefined ? [] : descendantsOf(child.pid)),
    replaceHostKey: async () => {
      await end(child);
      for (const file of ['host', 'host.pub']) rmSync(join(directory, file));
      key('host');
      child = await start(program, directory, port ?? 0, options);
    },
    stop: async () => {
      await end(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

const writeServerFiles = (directory: string, port: number, options: SshdOptions): void => {
  const write = (name: string, text: string, mode = 0o644): void => writeFileSync(join(directory, name), text, { mode });
  write('authorized_keys', readFileSync(join(directory, 'client.pub'), 'utf8'));
  write('passwd', 'root:x:0:0:root:/root:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\nguest:x:4711:4711::/:/bin/sh\n');
  write('shadow', 'root:*:19000:0:99999:7:::\nsshd:!:19000::::::\nguest:*:19000:0:99999:7:::\n', 0o600);
  write('os-release', options.osRelease ?? 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n');
  mkdirSync(join(directory, 'bin'));
  for (const [name, text] of Object.entries(options.programs ?? {})) write(join('bin', name), text, 0o755);
  execFileSync('chmod', ['755', directory]);
  write(
    'sshd_config',
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(directory, 'host')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      ...['PidFile none', 'UsePAM no', 'StrictModes no', 'PermitRootLogin prohibit-password', 'PasswordAuthentication no', 'MaxStartups 100'],
      `SetEnv PATH=${join(directory, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
      ...(options.configuration ?? []),
    ].join('\n'),
  );
};

const start = async (program: string, directory: string, port: number, options: SshdOptions): Promise<ChildProcess> => {
  const root = dirname(dirname(dirname(program)));
  const libraries = root === '/' ? [] : ['lib', 'usr/lib'].map((folder) => join(directory, 'programs', folder, 'x86_64-linux-gnu'));
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
  const child = spawn('unshare', [...asRoot, '--mount', 'sh', '-c', NAMESPACE, 'sh', directory, options.disk ?? '20g', root], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }) },
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-4000)));
  const deadline = performance.now() + 60_000;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`sshd did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });

/** The whole tree at once: a session whose parent is gone belongs to nobody. */
const end = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)));
  const { pid: own } = child;
  if (own === undefined) return; // It could not be started.
  for (const pid of [...descendantsOf(own), own]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem;
    }
  }
  await ended;
};

const descendantsOf = (pid: number): number[] => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]));
    } catch {
      continue; // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] => [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
};
