// What the stack promises of each of its processes, tried on small programs.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.js';
import { PartNotReady, PortInUse } from '../../services/cli/src/stack/part.js';
import { findPortHolder } from '../../services/cli/src/stack/port-holder.js';
import { identifyProcess, isAlive, signalProcess } from '../../services/cli/src/stack/process-identity.js';
import { ProcessPart, type ProcessPartSpec } from '../../services/cli/src/stack/process-part.js';
import { runAlone } from '../../services/cli/src/stack/single-run.js';
import { accepts } from '../../services/cli/src/stack/temporal-part.js';

jest.setTimeout(120_000);

const listener = (port: number, more = ''): string => `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('listening')); ${more}`;

describe('a part that is a process', () => {
  let home: string;
  let port: number;
  let parts: ProcessPart[];

  const part = (program: string, more: Partial<ProcessPartSpec> = {}): ProcessPart => {
    const made = new ProcessPart({
      name: 'api',
      home,
      argv: [process.execPath, '-e', program],
      cwd: home,
      env: { ...process.env, HOLDFAST_HOME: home },
      ports: [{ port, variable: 'HOLDFAST_API_PORT' }],
      address: `127.0.0.1:${port}`,
      isReady: () => accepts(port),
      readyTimeoutMs: 60_000,
      stopTimeoutMs: 30_000,
      ...more,
    });
    parts.push(made);
    return made;
  };
  const pidOf = async (of: ProcessPart): Promise<number> => (await of.status()).pid ?? -1;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'holdfast-part-'));
    [port] = (await freePorts(1)) as [number];
    parts = [];
  });
  afterEach(async () => {
    for (const made of parts) await made.kill();
    rmSync(home, { recursive: true, force: true });
  });

  it('starts once, is found by another command, and stops', async () => {
    const first = part(listener(port));
    expect(await first.status()).toEqual({ name: 'api', state: 'stopped', address: `127.0.0.1:${port}` });
    expect(await first.start()).toBe('started');
    const pid = await pidOf(first);
    expect(await part(listener(port)).start()).toBe('was-running');
    expect(await pidOf(first)).toBe(pid);
    // It listens a moment before it says so.
    while (readFileSync(first.logFile, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readFileSync(first.logFile, 'utf8')).toBe('listening\n');
    expect(await first.stop()).toBe('stopped');
    expect(identifyProcess(pid)).toBeUndefined();
    expect(await first.stop()).toBe('was-stopped');
  });

  it('is started again after kill -9', async () => {
    const one = part(listener(port));
    await one.start();
    const pid = await pidOf(one);
    process.kill(pid, 'SIGKILL');
    while (identifyProcess(pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await one.status()).state).toBe('stopped');
    expect(await one.start()).toBe('started');
    expect(await pidOf(one)).not.toBe(pid);
  });

  it('that lost its record is found by what it is, not started twice', async () => {
    const one = part(listener(port));
    await one.start();
    const pid = await pidOf(one);
    rmSync(join(home, 'run', 'api.json'));
    expect(await one.start()).toBe('was-running');
    expect(await pidOf(one)).toBe(pid);
  });

  it('never ends a process that was given its old number', async () => {
    const one = part(listener(port));
    await one.start();
    await one.stop();
    const stranger = spawn('sleep', ['30']);
    try {
      const identity = identifyProcess(stranger.pid ?? -1);
      writeFileSync(join(home, 'run', 'api.json'), JSON.stringify({ ...identity, startTicks: '1' }));
      expect(await one.stop()).toBe('was-stopped');
      await one.kill();
      expect(identity !== undefined && isAlive(identity)).toBe(true);
      expect(identity !== undefined && signalProcess({ ...identity, bootId: 'another' }, 'SIGKILL')).toBe(false);
    } finally {
      await ended(stranger);
    }
  });

  it('names who holds its port, and the variable that chooses another', async () => {
    const holder = spawn(process.execPath, ['-e', listener(port)]);
    try {
      while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(findPortHolder(port)).toEqual({ pid: holder.pid, name: 'node' });
      const refusal = part(listener(port)).start();
      await expect(refusal).rejects.toThrow(PortInUse);
      await expect(refusal).rejects.toThrow(new RegExp(`Port ${port} for api is in use by node \\(pid ${holder.pid}\\)\\. .*HOLDFAST_API_PORT=`));
    } finally {
      await ended(holder);
    }
  });

  it('that ends while it starts shows its log', async () => {
    const refusal = part("console.error('no database'); process.exit(3)").start();
    await expect(refusal).rejects.toThrow(PartNotReady);
    await expect(refusal).rejects.toThrow(/api ended while it was starting[^]*no database[^]*\.\/holdfast logs api/);
  });

  it('that ignores SIGTERM is ended by force past its limit', async () => {
    const deaf = part(listener(port, "process.on('SIGTERM', () => {});"), { stopTimeoutMs: 300 });
    await deaf.start();
    const pid = await pidOf(deaf);
    expect(await deaf.stop()).toBe('stopped');
    expect(identifyProcess(pid)).toBeUndefined();
  });
});

describe('work that runs alone', () => {
  it('waits for the other, and does not wait for ever', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-alone-'));
    let running = 0;
    const work = async (): Promise<number> => {
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return running--;
    };
    expect(await Promise.all([runAlone(home, 60_000, work), runAlone(home, 60_000, work), runAlone(`${home}-b`, 5_000, async () => 7)])).toEqual([1, 1, 7]);
    await runAlone(home, 60_000, () => expect(runAlone(home, 100, work)).rejects.toThrow('Another ./holdfast'));
    rmSync(home, { recursive: true });
  });
});

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
