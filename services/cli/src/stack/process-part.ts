import { spawn } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findStray } from './find-stray.js';
import { openLog, tailLog } from './log-file.js';
import { PartNotReady, PortInUse, type Part, type PartName, type PartStatus } from './part.js';
import { PartRecord } from './part-record.js';
import { describeHolder, findLastingHolder } from './port-holder.js';
import { identifyProcess, isAlive, signalProcess, type ProcessIdentity } from './process-identity.js';

export interface ProcessPartSpec {
  readonly name: PartName;
  readonly home: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ports it listens on, with the variables that choose them. */
  readonly ports: readonly { readonly port: number; readonly variable: string }[];
  readonly address?: string;
  /** Asked again and again until it is true. */
  isReady(identity: ProcessIdentity): Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
}

const POLL_MS = 50;
const TAIL_LINES = 12;
const KILL_MS = 10_000;

/** A part that is one process of its own, which outlives the command that started it. */
export class ProcessPart implements Part {
  readonly name: PartName;
  readonly logFile: string;
  private readonly record: PartRecord;

  constructor(private readonly spec: ProcessPartSpec) {
    this.name = spec.name;
    this.logFile = join(spec.home, 'log', `${spec.name}.log`);
    this.record = new PartRecord(spec.home, spec.name);
  }

  async status(): Promise<PartStatus> {
    const { name, address } = this.spec;
    const identity = this.find();
    const place = address === undefined ? {} : { address };
    if (identity === undefined) return { name, state: 'stopped', ...place };
    return { name, state: (await this.spec.isReady(identity)) ? 'running' : 'not-answering', pid: identity.pid, ...place };
  }

  async start(): Promise<'started' | 'was-running'> {
    const running = this.find();
    if (running !== undefined) {
      await this.waitUntilReady(running);
      return 'was-running';
    }
    await this.checkPorts();
    await this.waitUntilReady(this.launch());
    return 'started';
  }

  async stop(): Promise<'stopped' | 'was-stopped'> {
    const identity = this.find();
    if (identity !== undefined) {
      signalProcess(identity, 'SIGTERM');
      if (!(await this.waitUntilGone(identity, this.spec.stopTimeoutMs))) await this.end(identity);
    }
    this.record.clear();
    return identity === undefined ? 'was-stopped' : 'stopped';
  }

  async kill(): Promise<void> {
    const identity = this.find();
    if (identity !== undefined) await this.end(identity);
    this.record.clear();
  }

  /** From the record; a process that only lacks its record gets one. */
  private find(): ProcessIdentity | undefined {
    const recorded = this.record.read();
    if (recorded !== undefined) return recorded;
    const stray = findStray(this.spec.argv, this.spec.home);
    if (stray !== undefined) this.record.write(stray);
    return stray;
  }

  private launch(): ProcessIdentity {
    const [program, ...rest] = this.spec.argv;
    const log = openLog(this.logFile);
    mkdirSync(this.spec.cwd, { recursive: true, mode: 0o700 });
    try {
      const child = spawn(program, rest, { cwd: this.spec.cwd, env: this.spec.env, detached: true, stdio: ['ignore', log, log] });
      // A program that is missing shows as a process that is gone.
      child.on('error', () => undefined);
      child.unref();
      const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
      if (identity === undefined) throw this.notReady(`could not be started as ${program}`);
      this.record.write(identity);
      return identity;
    } finally {
      closeSync(log);
    }
  }

  private async checkPorts(): Promise<void> {
    for (const { port, variable } of this.spec.ports) {
      const holder = await findLastingHolder(port);
      if (holder !== undefined) throw new PortInUse(this.name, port, describeHolder(holder), variable);
    }
  }

  private async waitUntilReady(identity: ProcessIdentity): Promise<void> {
    const deadline = Date.now() + this.spec.readyTimeoutMs;
    for (;;) {
      if (!isAlive(identity)) throw this.notReady('ended while it was starting');
      if (await this.spec.isReady(identity)) return;
      if (Date.now() > deadline) throw this.notReady(`was not ready after ${this.spec.readyTimeoutMs / 1000} s`);
      await delay(POLL_MS);
    }
  }

  private async waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (isAlive(identity)) {
      if (Date.now() > deadline) return false;
      await delay(POLL_MS);
    }
    return true;
  }

  private async end(identity: ProcessIdentity): Promise<void> {
    signalProcess(identity, 'SIGKILL');
    if (!(await this.waitUntilGone(identity, KILL_MS))) throw new Error(`${this.name} (pid ${identity.pid}) does not end, even by SIGKILL.`);
  }

  private notReady(problem: string): PartNotReady {
    return new PartNotReady(this.name, problem, this.logFile, tailLog(this.logFile, TAIL_LINES));
  }
}
