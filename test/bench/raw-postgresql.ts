import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateHaproxy, locatePostgres, unprivilegedUser } from '@holdfast/infra/toolchain';
import { Client } from 'pg';
import { toolsDirectory } from '../support/event-store-server.js';

interface RawNode {
  readonly name: string;
  readonly host: string;
  readonly directory: string;
}

const PORT = 5432;
const PASSWORD = 'benchmark';

/**
 * What a script of raw commands does for the same cluster: initdb, postgres, pg_basebackup (replicas at once), HAProxy. It is the
 * yardstick of the benchmarks: no facts, no retries, no checks.
 */
export class RawPostgresql {
  private readonly nodes: RawNode[] = [];
  private readonly haproxies: number[] = [];

  private constructor(
    private readonly root: string,
    private readonly programs: string,
    private readonly haproxy: string,
    private readonly user: { uid: number; gid: number } | undefined,
  ) {}

  /** Nothing runs yet. The programs are those that Holdfast uses. */
  static async make(): Promise<RawPostgresql> {
    const [programs, haproxy] = [locatePostgres(toolsDirectory()), locateHaproxy(toolsDirectory())];
    if (programs === undefined || haproxy === undefined) throw new Error('PostgreSQL or HAProxy is not installed. Run ./holdfast doctor.');
    const root = await mkdtemp(join(tmpdir(), 'holdfast-raw-'));
    await chmod(root, 0o755);
    return new RawPostgresql(root, programs, haproxy, unprivilegedUser());
  }

  get primaryHost(): string {
    return this.node(0).host;
  }

  async deploy(count: number): Promise<void> {
    const primary = await this.addDirectory();
    const passwordFile = join(this.root, 'password');
    await writeFile(passwordFile, PASSWORD, { mode: 0o644 });
    await this.run('initdb', ['-D', primary.directory, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '-k', `--pwfile=${passwordFile}`]);
    await this.start(primary);
    await this.sql(primary, "create role replicator replication login password 'benchmark'; create role app login password 'benchmark'");
    await this.sql(primary, 'create database app owner app');
    const replicas = await Promise.all(Array.from({ length: count - 1 }, () => this.addDirectory()));
    await Promise.all(replicas.map((replica) => this.join(replica)));
    await this.openEndpoint();
  }

  async addNode(): Promise<void> {
    await this.join(await this.addDirectory());
  }

  /** Takes the youngest replica away, with all that is its own. */
  async removeNode(): Promise<void> {
    const last = this.nodes.pop();
    if (last === undefined || this.nodes.length === 0) throw new Error('There is no replica to remove.');
    await this.run('pg_ctl', ['-s', '-w', '-D', last.directory, '-m', 'fast', 'stop']);
    await this.sql(this.node(0), `select pg_drop_replication_slot('${last.name}')`);
    await rm(last.directory, { recursive: true, force: true });
  }

  /** Stops the primary and promotes the first replica; the fastest that is safe. */
  async promote(): Promise<void> {
    const [old, candidate] = [this.node(0), this.node(1)];
    await Promise.all([this.sql(old, 'checkpoint'), this.sql(candidate, 'checkpoint')]);
    await this.run('pg_ctl', ['-s', '-w', '-D', old.directory, '-m', 'fast', 'stop']);
    await this.run('pg_ctl', ['-s', '-w', '-D', candidate.directory, 'promote']);
  }

  url(index: number): string {
    return `postgresql://postgres:${PASSWORD}@${this.node(index).host}:${PORT}/app`;
  }

  async remove(): Promise<void> {
    for (const pid of this.haproxies) process.kill(pid, 'SIGKILL');
    await Promise.all(this.nodes.map((node) => this.run('pg_ctl', ['-s', '-w', '-D', node.directory, '-m', 'immediate', 'stop']).catch(() => undefined)));
    await rm(this.root, { recursive: true, force: true });
  }

  private async join(replica: RawNode): Promise<void> {
    const primary = this.node(0);
    const slot = replica.name;
    const conninfo = `host=${primary.host} port=${PORT} user=replicator password=${PASSWORD} application_name=${slot}`;
    await this.run('pg_basebackup', ['-d', conninfo, '-D', replica.directory, '-X', 'stream', '-c', 'fast', '-C', '-S', slot]);
    const lines = `primary_conninfo='${conninfo}'\nprimary_slot_name='${slot}'\n`;
    await this.write(join(replica.directory, 'postgresql.auto.conf'), lines);
    await this.write(join(replica.directory, 'standby.signal'), '');
    await this.start(replica);
    for (;;) {
      const rows = await this.sql(primary, `select 1 from pg_stat_replication where application_name = '${slot}' and state = 'streaming' and replay_lsn = sent_lsn`);
      if (rows > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private async openEndpoint(): Promise<void> {
    const config = join(this.root, 'haproxy.cfg');
    const servers = this.nodes.map((node) => `  server ${node.name} ${node.host}:${PORT} check`).join('\n');
    const lines = [
      'defaults', '  mode tcp', '  timeout connect 5s', '  timeout client 1h', '  timeout server 1h',
      'listen rw', `  bind ${this.endpointHost}:${PORT}`, `  server primary ${this.primaryHost}:${PORT}`,
      'listen ro', `  bind ${this.endpointHost}:${PORT + 1}`, servers, '',
    ];
    await writeFile(config, lines.join('\n'));
    const child = spawn(this.haproxy, ['-f', config], { detached: true, stdio: 'ignore' });
    if (child.pid !== undefined) this.haproxies.push(child.pid);
    child.unref();
    for (;;) {
      if (await this.answers(this.endpointHost)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Outside of what the `local` provider gives its machines. */
  private readonly network = `127.255.${Math.floor(Math.random() * 250)}`;
  private readonly endpointHost = `${this.network}.254`;

  private async answers(host: string): Promise<boolean> {
    const client = new Client({ host, port: PORT, user: 'app', password: PASSWORD, database: 'app' });
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false; // Not up yet: the caller asks again.
    }
  }

  private async addDirectory(): Promise<RawNode> {
    const index = this.nodes.length + 1;
    const node = { name: `raw${index}`, host: `${this.network}.${index}`, directory: join(this.root, `n${index}`) };
    this.nodes.push(node);
    await mkdir(node.directory, { mode: 0o700 });
    if (this.user !== undefined) await chown(node.directory, this.user.uid, this.user.gid);
    return node;
  }

  private async start(node: RawNode): Promise<void> {
    const options = `-p ${PORT} -c listen_addresses=${node.host} -c unix_socket_directories='' -c wal_log_hints=on -c wal_keep_size=256MB -c max_connections=100 -c shared_buffers=64MB`;
    await this.write(join(node.directory, 'pg_hba.conf'), 'host all all 127.0.0.0/8 scram-sha-256\nhost replication all 127.0.0.0/8 scram-sha-256\n');
    await this.run('pg_ctl', ['-s', '-w', '-D', node.directory, '-l', join(node.directory, 'log'), '-o', options, 'start']);
  }

  private async write(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o600 });
    if (this.user !== undefined) await chown(path, this.user.uid, this.user.gid);
  }

  private async sql(node: RawNode, text: string): Promise<number> {
    const client = new Client({ host: node.host, port: PORT, user: 'postgres', password: PASSWORD, database: 'postgres' });
    await client.connect();
    try {
      return (await client.query(text)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  private run(program: string, argv: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let output = '';
      // pg_ctl's server would keep a pipe open for as long as it runs: only what ends itself is listened to.
      const stderr = program === 'pg_ctl' ? 'ignore' : 'pipe';
      const child = spawn(join(this.programs, program), [...argv], { stdio: ['ignore', 'ignore', stderr], cwd: this.root, ...this.user });
      child.stderr?.on('data', (piece: Buffer) => (output += piece.toString()));
      child.once('error', reject);
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ${argv.join(' ')} ended with ${code}. ${output}`))));
    });
  }

  private node(index: number): RawNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`The raw cluster has no node ${index}.`);
    return node;
  }
}
