import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reap } from '@holdfast/infra/providers';
import { providerContract } from './provider.contract.js';
import { eventually, request, talker } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

providerContract('local', localHarness);

describe('local machines', () => {
  let harness: Awaited<ReturnType<typeof localHarness>>;
  beforeAll(async () => {
    harness = await localHarness();
  });
  afterAll(async () => harness.destroy());

  it('run again after the computer was started, those stopped on purpose excepted', async () => {
    const machine = await harness.provider.create(request());
    await machine.ensureService(talker('on'));
    await machine.ensureService(talker('off'));
    await machine.stopService('off', { timeoutMs: 20_000, killAfterTimeout: false });
    const { pid } = await machine.serviceStatus('on');
    // As the end of the computer does: everything is gone at once.
    await harness.killSupervisor(machine, 'on');
    await machine.exec({ argv: ['kill', '-9', String(pid)], timeoutMs: 20_000 });
    await eventually('it is down', async () => (await machine.serviceStatus('on')).state === 'stopped');
    await harness.provider.startAll();
    expect((await machine.serviceStatus('on')).state).toBe('running');
    expect((await machine.serviceStatus('off')).state).toBe('stopped');
    const again = (await machine.serviceStatus('on')).pid;
    await harness.provider.startAll();
    expect((await machine.serviceStatus('on')).pid).toBe(again);
  });
  it('cannot lead root out of their directory by links', async () => {
    const machine = await harness.provider.create(request());
    await machine.run({ argv: ['sh', '-c', 'ln -s /etc out; ln -s /etc/shadow shadow; mkdir in; ln -s in link; echo x > in/f; mkfifo pipe'], timeoutMs: 20_000 });
    await expect(machine.writeFile('out/holdfast-test', 'x')).rejects.toThrow(/leads out/);
    await expect(machine.removePath('out/hostname')).rejects.toThrow(/leads out/);
    await expect(machine.readFile('out/shadow')).rejects.toThrow(/leads out|permission denied/);
    await expect(machine.readFile('shadow')).rejects.toThrow(/leads out|permission denied/);
    for (const outside of ['/etc/holdfast-test', '../machine.json', '.', '']) await expect(machine.writeFile(outside, 'x')).rejects.toThrow(/not within/);
    expect(await machine.readFile('link/f')).toBe('x\n');
    // The link itself is replaced, not what it leads to.
    await machine.writeFile('shadow', 'mine');
    expect(await machine.readFile('shadow')).toBe('mine');
    expect(spawnSync('test', ['-s', '/etc/shadow']).status).toBe(0);
  });
  it('keep a log of bounded length', async () => {
    const machine = await harness.provider.create(request());
    const argv = ['sh', '-c', 'head -c 30000000 /dev/zero | tr "\\0" "a"; echo; while :; do echo line; sleep 1; done'] as const;
    await machine.ensureService({ name: 'loud', argv, stopSignal: 'SIGTERM' });
    // None, where there is no such file yet.
    const size = async (name: string): Promise<number> => Number((await machine.exec({ argv: ['stat', '-c', '%s', `../services/loud/${name}`], timeoutMs: 20_000 })).stdout);
    // It is cut where it has come to, also in the middle of the long line.
    await eventually('it was cut', async () => (await size('log.1')) > 20_000_000 && (await size('log')) < 12_000_000, 90_000);
    await eventually('it goes on', async () => (await machine.serviceLog('loud', 2)).join() === 'line,line', 60_000);
    expect((await machine.serviceStatus('loud')).state).toBe('running');
  }, 180_000);
});

describe('the reaper on real machines', () => {
  it('stops a server that no fact knows, keeps its data, and removes it when its time has come', async () => {
    const harness = await localHarness();
    let now = Date.now();
    const [known, unknown] = [await harness.provider.create(request()), await harness.provider.create(request())];
    const look = () =>
      reap(harness.provider, { knownMachineIds: async () => new Set([known.id]), mayRemove: async () => true, clock: { now: () => new Date(now) } });
    try {
      for (const machine of [known, unknown]) await machine.ensureService(talker('server'));
      expect((await look()).quarantined).toEqual([]);
      now += 31 * 60_000;
      expect((await look()).quarantined.map(({ machineId }) => machineId)).toEqual([unknown.id]);
      expect(await harness.processesOn(unknown.id)).toEqual([]);
      expect((await known.serviceStatus('server')).state).toBe('running');
      expect((await look()).waiting.map(({ machineId }) => machineId)).toEqual([unknown.id]);
      expect(await harness.remains(unknown.id)).toBe(true);
      now += 73 * 60 * 60_000;
      expect((await look()).removed.map(({ machineId }) => machineId)).toEqual([unknown.id]);
      expect(await harness.remains(unknown.id)).toBe(false);
      expect((await known.serviceStatus('server')).state).toBe('running');
    } finally {
      await harness.destroy();
    }
  });
});
