import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { RawEngine } from './raw-docker-engines.js';

/** The same flags that Holdfast's own containers have (infra/src/providers/docker/machine-container.ts). */
const FLAGS = [
  ...['--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
  ...['--cgroupns=host', '-v', '/sys/fs/cgroup:/sys/fs/cgroup:rw', '--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp', '--env', 'container=docker'],
  ...['--memory', '1g', '--memory-swap', '1g', '--cpus', '1', '--restart', 'unless-stopped'],
];

/** $1 units, $2 packages, $3 what comes before them: as Holdfast installs them, so that nothing starts by itself. */
const INSTALL = `set -e
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
[ -z "$1" ] || systemctl --quiet mask $1
mkdir -p /etc/postgresql-common; echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
install() { apt-get -q -y -o Dpkg::Options::=--force-confold install --no-install-recommends "$@" >> /tmp/apt-log < /dev/null; }
[ -z "$3" ] || install $3
install $2
rm /usr/sbin/policy-rc.d`;

const PROXY = `set -e
systemd-run --quiet --unit=proxy haproxy -db -f /tmp/haproxy.cfg`;

interface RawMachine {
  readonly name: string;
  readonly address: string;
}

/**
 * What a script with the same containers and commands does for the same cluster: `docker run`, `apt-get install`, the engine's own
 * commands, everything at once that can be. No facts, no retries, no checks: the yardstick of the benchmark.
 */
export class RawDocker {
  private readonly id = `raw-${randomBytes(4).toString('hex')}`;
  private readonly prefix = `10.206.${randomBytes(1)[0] ?? 0}`;

  constructor(
    private readonly socketPath: string,
    private readonly image: string,
    private readonly engine: RawEngine,
  ) {}

  async deploy(count: number): Promise<void> {
    await this.docker(['network', 'create', '--subnet', `${this.prefix}.0/24`, this.id]);
    const proxy = this.machine(0);
    const nodes = Array.from({ length: count }, (_, index) => this.machine(index + 1));
    const { packages, units, before = [] } = this.engine;
    await Promise.all([this.make(proxy, { packages: ['haproxy'], units: ['haproxy.service'], before: [] }), ...nodes.map((node) => this.make(node, { packages, units, before }))]);
    const [primary, ...replicas] = nodes as [RawMachine, ...RawMachine[]];
    const environment = { PRIMARY: primary.address, ENDPOINT: proxy.address };
    await this.script(primary, this.engine.primary, environment);
    await Promise.all(replicas.map((replica) => this.join(replica, primary, environment)));
    await this.open(proxy, primary, replicas);
    await this.script(primary, this.engine.serves, environment);
  }

  async remove(): Promise<void> {
    const names = (await this.docker(['ps', '-aq', '--filter', `name=${this.id}`])).split('\n').filter((name) => name !== '');
    if (names.length > 0) await this.docker(['rm', '--force', '--volumes', ...names]);
    const volumes = (await this.docker(['volume', 'ls', '-q', '--filter', `name=${this.id}`])).split('\n').filter((name) => name !== '');
    if (volumes.length > 0) await this.docker(['volume', 'rm', ...volumes]);
    await this.docker(['network', 'rm', this.id]);
  }

  private machine(index: number): RawMachine {
    return { name: `${this.id}-${index}`, address: `${this.prefix}.${10 + index}` };
  }

  private async make({ name, address }: RawMachine, { packages, units, before }: Required<Pick<RawEngine, 'packages' | 'units' | 'before'>>): Promise<void> {
    await this.docker(['run', '--detach', '--name', name, '--network', this.id, '--ip', address, '-v', `${name}:/var/lib/holdfast`, ...FLAGS, this.image]);
    // Answers nothing until systemd listens; "degraded" is up too.
    await this.docker(['exec', name, 'sh', '-c', 'until systemctl is-system-running --wait 2> /dev/null | grep -qE "running|degraded"; do sleep 0.05; done']);
    await this.docker(['exec', '-i', name, 'sh', '-s', units.join(' '), packages.join(' '), before.join(' ')], INSTALL);
  }

  private async join(replica: RawMachine, primary: RawMachine, environment: Readonly<Record<string, string>>): Promise<void> {
    const { stream } = this.engine;
    if (stream) await this.pipe(['exec', primary.name, 'sh', '-c', stream.from], ['exec', '-i', replica.name, 'sh', '-c', stream.into]);
    await this.script(replica, this.engine.replica, environment);
    await this.script(replica, this.engine.follows, environment);
  }

  private async open(proxy: RawMachine, primary: RawMachine, replicas: readonly RawMachine[]): Promise<void> {
    const { readWrite, readOnly } = this.engine.ports;
    const servers = replicas.map(({ name, address }) => `  server ${name} ${address}:${readWrite} check`);
    const listen = (name: string, port: number): string[] => [`listen ${name}`, `  bind ${proxy.address}:${port}`];
    const lines = ['defaults', '  mode tcp', '  timeout connect 5s', '  timeout client 1h', '  timeout server 1h', ...listen('rw', readWrite), `  server primary ${primary.address}:${readWrite}`, ...listen('ro', readOnly), ...servers];
    await this.docker(['exec', '-i', proxy.name, 'sh', '-c', 'cat > /tmp/haproxy.cfg'], `${lines.join('\n')}\n`);
    await this.script(proxy, PROXY, {});
  }

  private async script({ name, address }: RawMachine, text: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const all = { ...environment, SELF: address, NODE: name.slice(this.id.length + 1) };
    await this.docker(['exec', '-i', ...Object.entries(all).flatMap(([key, value]) => ['--env', `${key}=${value}`]), name, 'sh', '-s'], `set -e\n${text}\n`);
  }

  private async pipe(from: readonly string[], into: readonly string[]): Promise<void> {
    const [writer, reader] = [this.start(from), this.start(into)];
    writer.child.stdout.pipe(reader.child.stdin);
    await Promise.all([writer.ended, reader.ended]);
  }

  private async docker(argv: readonly string[], input = ''): Promise<string> {
    const { child, ended } = this.start(argv);
    const output: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => output.push(piece));
    child.stdin.end(input);
    await ended;
    return Buffer.concat(output).toString();
  }

  private start(argv: readonly string[]) {
    const child = spawn('docker', [...argv], { env: { ...process.env, DOCKER_HOST: `unix://${this.socketPath}` }, stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`docker ${argv.slice(0, 3).join(' ')} ended with ${code}. ${errors.slice(-2000)}`))));
    });
    return { child, ended };
  }
}
