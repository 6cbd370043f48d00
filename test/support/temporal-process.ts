import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './api-client.js';
import { freePort } from './free-ports.js';
import { temporalProgram } from './temporal-server.js';

const READY_MS = 90_000;

/** A real Temporal server with its state in a file, which can be killed, started again, and lose its database. */
export class TemporalProcess {
  private child: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-temporal-'));

  private constructor(private readonly port: number) {}

  /** Not started yet. */
  static async make(): Promise<TemporalProcess> {
    return new TemporalProcess(await freePort());
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const file = join(this.folder, 'temporal.db');
    const child = spawn(temporalProgram(), ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(this.port), '--db-filename', file, '--log-level', 'never'], {
      stdio: 'ignore',
    });
    this.child = child;
    await eventually('Temporal accepts connections', READY_MS, () => accepts(this.port));
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Everything that it knew is gone. */
  loseDatabase(): void {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(join(this.folder, `temporal.db${end}`), { force: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const accepts = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(undefined));
    socket.once('connect', () => socket.destroy());
  });
