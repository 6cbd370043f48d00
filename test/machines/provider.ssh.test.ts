import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MachineUnreachable, MARKER_PATH, type Machine } from '@holdfast/domain';
import { reap, type ReaperReport } from '@holdfast/infra/providers';
import { SshHosts, SshProvider } from '@holdfast/infra/providers/ssh';
import { startRegistry, type TestRegistry } from '../support/host-registry.js';
import { startSshContainers, type SshContainers } from '../support/ssh-containers.js';
import { eventually, LIMIT, pidLives, request, talker } from '../contracts/machine.harness.js';
import { runDoomed, sshHarness } from './machine.ssh-harness.js';
import { providerContract } from '../contracts/provider.contract.js';

/** Each test of the contract leaves what it has made. */
const HOSTS = 8;
providerContract('ssh', () => sshHarness(HOSTS));

describe('machines on servers over SSH', () => {
  let registry: TestRegistry;
  let containers: SshContainers;
  let provider: SshProvider;
  let another: SshProvider;
  const addresses: string[] = [];

  beforeAll(async () => {
    [registry, containers] = await Promise.all([startRegistry(), startSshContainers()]);
    provider = new SshProvider({ registry: registry.registry });
    another = new SshProvider({ registry: registry.registry });
    for (let at = 0; at < 2; at += 1) {
      const { address } = await containers.start();
      addresses.push(address);
      await registry.add(address, 22, 'root', containers.privateKey);
    }
  }, 300_000);
  afterAll(async () => {
    await Promise.all([provider?.close(), another?.close()]);
    await containers?.stop();
    await registry?.stop();
  }, 180_000);

  it('each serve one machine; there is none for a third, which is said', async () => {
    const wishes = [request([5432]), request([5432])];
    const made = await Promise.all(wishes.flatMap((wish) => [provider.create(wish), another.create(wish)]));
    expect(new Set(made.map(({ address }) => address))).toEqual(new Set(addresses));
    expect(made.map(({ id }) => id)).toEqual(wishes.flatMap(({ machineId }) => [machineId, machineId]));
    await expect(provider.create(request())).rejects.toMatchObject({ name: 'NoFreeHost', message: expect.stringContaining('Of 2 registered, 2 serve a machine') });
    expect((await provider.list()).map(({ machineId, state }) => `${machineId} ${state}`).sort()).toEqual(wishes.map(({ machineId }) => `${machineId} present`).sort());
    await Promise.all(wishes.map(({ machineId }) => provider.destroy(machineId)));
    expect(await provider.list()).toEqual([]);
  }, 120_000);

  it('are given back as they were: packages, services, accounts, files', async () => {
    const before = new Map(await Promise.all(addresses.map(async (address) => [address, await containers.stateOf(address)] as const)));
    const machine = await provider.create(request([6379]));
    await machine.ensureSoftware('haproxy', '2.6');
    await machine.ensureSoftware('postgresql', '15');
    await machine.ensureService(talker('server'));
    await machine.writeFile('kept', 'data');
    expect(await containers.stateOf(machine.address)).not.toEqual(before.get(machine.address));
    await provider.destroy(machine.id);
    expect(await containers.stateOf(machine.address)).toEqual(before.get(machine.address));
    await provider.destroy(machine.id);
    await expect(machine.exec({ argv: ['true'], ...LIMIT })).rejects.toBeInstanceOf(MachineUnreachable);
  }, 300_000);

  it('end a command whose connection is cut, with all that it has started', async () => {
    const machine = await provider.create(request());
    const end = machine.exec({ argv: ['sh', '-c', 'setsid sleep 987 & sleep 987'], timeoutMs: 60_000 }).catch((problem: unknown) => problem);
    const sleepers = async (): Promise<number> => Number(await containers.inside(machine.address, 'sh', '-c', 'pgrep -c -x sleep || :'));
    await eventually('both run', async () => (await sleepers()) === 2);
    // The processes that serve our connections; the listener stays.
    await containers.inside(machine.address, 'pkill', '-KILL', '-f', '^sshd: root');
    expect(await end).toBeInstanceOf(MachineUnreachable);
    await eventually('none runs', async () => (await sleepers()) === 0);
    expect((await machine.run({ argv: ['echo', 'on'], ...LIMIT })).stdout).toBe('on\n');
    await provider.destroy(machine.id);
  }, 180_000);

  it('end the commands of a worker that is cut off silently, or whose sshd hangs, once it is not heard any more', async () => {
    const [cut, hung] = [await provider.create(request()), await provider.create(request())];
    const begin = (machine: Machine): Promise<unknown> => machine.exec({ argv: ['sleep', '987'], timeoutMs: 120_000 }).catch((problem: unknown) => problem);
    const sleepers = async ({ address }: Machine): Promise<string> => containers.inside(address, 'sh', '-c', 'pgrep -c -x sleep || :');
    const ends = [begin(cut), begin(hung)];
    for (const machine of [cut, hung]) await eventually('it runs', async () => (await sleepers(machine)) === '1');
    await containers.setNetwork(cut.address, false);
    await containers.inside(hung.address, 'pkill', '-STOP', '-f', '^sshd: root');
    // Both say which host it was, and what was running there.
    for (const [at, { address, id }] of [cut, hung].entries()) {
      expect(await ends[at]).toMatchObject({ name: 'MachineUnreachable', command: 'sleep 987', message: expect.stringContaining(`Machine ${id} cannot be reached: ${address} port 22: `) });
    }
    for (const machine of [cut, hung]) await eventually('it has ended', async () => (await sleepers(machine)) === '0', 60_000);
    // Its host is down, and it is listed all the same; where only one connection hangs, the next does not.
    expect((await provider.list()).map(({ machineId }) => machineId).sort()).toEqual([cut.id, hung.id].sort());
    expect((await hung.run({ argv: ['echo', 'on'], ...LIMIT })).stdout).toBe('on\n');
    await containers.setNetwork(cut.address, true);
    await containers.inside(hung.address, 'pkill', '-CONT', '-f', '^sshd: root');
    await Promise.all([cut, hung].map(({ id }) => provider.destroy(id)));
  }, 150_000);

  it('end an upload whose connection is cut in the middle, and keep the file that was there', async () => {
    const machine = await provider.create(request());
    await machine.writeFile('file', 'as it was');
    const cutting = async function* (cutAt: number): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 200; at += 1) {
        if (at === cutAt) await containers.inside(machine.address, 'pkill', '-KILL', '-f', '^sshd: root');
        yield Buffer.alloc(1024 * 1024);
      }
    };
    await expect(machine.upload('file', cutting(20))).rejects.toBeInstanceOf(MachineUnreachable);
    expect(await machine.readFile('file')).toBe('as it was');
    await eventually('nobody writes it any more', async () => (await containers.inside(machine.address, 'sh', '-c', 'pgrep -f "[h]oldfast/runner" || :')) === '');
    // What there was of it goes with the next try.
    await machine.upload('file', cutting(200));
    expect(await containers.inside(machine.address, 'ls', '-A', '/var/lib/holdfast/data')).toBe('file');
    expect((await machine.run({ argv: ['stat', '-c', '%s', 'file'], ...LIMIT })).stdout).toBe(`${200 * 1024 * 1024}\n`);
    await provider.destroy(machine.id);
  }, 180_000);

  it('complete what a killed creation left, and find machines that no fact knows by their marker', async () => {
    const wish = request();
    const [host] = await registry.registry.list();
    if (host !== undefined) await new SshHosts(registry.registry).check(host);
    await registry.registry.assign(host?.id ?? '', { ...wish, assignedAt: new Date().toISOString() });
    expect(await provider.list()).toContainEqual(expect.objectContaining({ machineId: wish.machineId, state: 'present' }));
    await expect(provider.get(wish.machineId)).rejects.toBeInstanceOf(MachineUnreachable);
    const machine = await provider.create(wish);
    expect(machine.address).toBe(host?.address);
    // As after facts were restored from a backup.
    await registry.registry.free(host?.id ?? '', wish.machineId);
    expect((await provider.list()).map(({ machineId }) => machineId)).toEqual([wish.machineId]);
    await provider.quarantine(wish.machineId);
    expect(await provider.list()).toMatchObject([{ machineId: wish.machineId, state: 'quarantined' }]);
    const strangers = new SshProvider({ registry: registry.stranger });
    expect(await strangers.list()).toEqual([]);
    await strangers.destroy(wish.machineId);
    await strangers.close();
    expect(await containers.inside(machine.address, 'cat', MARKER_PATH)).toContain(wish.machineId);
    await provider.destroy(wish.machineId);
    expect(await provider.list()).toEqual([]);
  }, 180_000);

  it('that a killed worker was taking are found by the reaper, kept for their time, and given back as they were', async () => {
    const before = new Map(await Promise.all(addresses.map(async (address) => [address, await containers.stateOf(address)] as const)));
    const [begun, made] = [request([5432]), request([5432])];
    const assigned = `(await registry.list()).some(({ assignment }) => assignment?.machineId === ${JSON.stringify(begun.machineId)})`;
    // Killed in the middle of taking its host, and when the machine was made but nobody had said so yet.
    await runDoomed(`void provider.create(${JSON.stringify(begun)}).catch(() => undefined); while (!${assigned}) await new Promise((resolve) => setTimeout(resolve, 1)); console.log('ready');`, registry.access);
    await runDoomed(`await provider.create(${JSON.stringify(made)}); console.log('ready');`, registry.access);
    expect((await provider.list()).map(({ machineId, state }) => `${machineId} ${state}`).sort()).toEqual([begun, made].map(({ machineId }) => `${machineId} present`).sort());
    expect(await provider.supply([])).toMatchObject({ free: 0, inUse: 2 });
    const look = (minutes: number): Promise<ReaperReport> => reap(provider, { knownMachineIds: async () => new Set(), mayRemove: async () => true, clock: { now: () => new Date(Date.now() + minutes * 60_000) } });
    expect(await look(0)).toMatchObject({ quarantined: [], removed: [], failed: [] });
    const set = await look(31);
    expect([set.quarantined.map(({ machineId }) => machineId).sort(), set.failed]).toEqual([[begun.machineId, made.machineId].sort(), []]);
    // What has a marker waits out its time with its data; a host that was only assigned is free.
    expect((await provider.list()).every(({ state }) => state === 'quarantined')).toBe(true);
    expect(await look(60)).toMatchObject({ quarantined: [], removed: [], failed: [] });
    expect(await look(73 * 60)).toMatchObject({ removed: expect.arrayContaining([expect.objectContaining({ machineId: made.machineId })]), failed: [] });
    expect(await provider.list()).toEqual([]);
    expect(await provider.supply([])).toMatchObject({ free: 2, inUse: 0, unusable: [] });
    for (const address of addresses) expect(await containers.stateOf(address)).toEqual(before.get(address));
  }, 120_000);

  it('come back from a restart with their services', async () => {
    const machine = await provider.create(request());
    await machine.ensureService(talker('on'));
    await machine.ensureService(talker('off'));
    await machine.stopService('off', { timeoutMs: 5_000, killAfterTimeout: true });
    const pids = (await containers.processesOf(machine.address)).map(({ pid }) => pid);
    await provider.reboot(machine.id);
    expect(pids.filter(pidLives)).toEqual([]);
    await eventually('it runs again', async () => (await machine.serviceStatus('on')).state === 'running');
    expect((await machine.serviceStatus('off')).state).toBe('stopped');
    await provider.destroy(machine.id);
  }, 120_000);
});
