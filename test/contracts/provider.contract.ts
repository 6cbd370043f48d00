import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MachineUnreachable, PortTaken, type ServiceSpec } from '@holdfast/domain';
import { freePort } from '../support/free-ports.js';
import { eventually, pidLives, request, type MakeProviderHarness, type ProviderHarness } from './machine.harness.js';

const LIMIT = { timeoutMs: 60_000 };
const PORT = 20_000 + (process.pid % 10_000);

/** Leaves the group and the session it was started in, and does not stop when asked. */
const stubborn: ServiceSpec = {
  name: 'stubborn',
  argv: ['sh', '-c', 'trap "" INT TERM HUP; setsid sh -c "trap \\"\\" INT TERM HUP; while :; do sleep 0.1; done" & while :; do sleep 0.1; done'],
  stopSignal: 'SIGTERM',
};

const listener = (address: string, port: number): ServiceSpec => ({
  name: 'listener',
  argv: ['perl', '-e', `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => '${address}', LocalPort => ${port}, Listen => 5) or die; sleep 1 while 1`],
  stopSignal: 'SIGTERM',
});

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port }, () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
    // An address that nobody has answers nothing at all.
    socket.setTimeout(1_000, () => resolve(socket.destroy() === undefined));
  });

/** What operations and the reaper rely on, whatever kind of machines it makes. */
export const providerContract = (name: string, make: MakeProviderHarness): void => {
  // On a busy computer, over a slow connection; what must be fast has a limit of its own.
  jest.setTimeout(120_000);
  describe(`provider ${name}`, () => {
    let harness: ProviderHarness;
    beforeAll(async () => {
      harness = await make();
    }, 600_000);
    afterAll(async () => harness?.destroy(), 120_000);
    creating(() => harness);
    destroying(() => harness);
    setAside(() => harness);
    it('knows the versions its machines can get, newest first', async () => {
      const versions = await harness.provider.softwareVersions('postgresql');
      expect(versions).toContain(harness.limits.postgresql);
      expect(versions).toEqual([...versions].sort((one, other) => Number(other) - Number(one)));
      expect(await harness.provider.softwareVersions('no-such-software')).toEqual([]);
    }, 120_000);
  });
};

const creating = (harness: () => ProviderHarness): void => {
  describe('creating', () => {
    it('twice gives the same machine, also to another worker, with its data', async () => {
      const wish = request([PORT]);
      const machine = await harness().provider.create(wish);
      await machine.writeFile('kept', 'yes');
      const again = await harness().another.create(wish);
      expect([again.id, again.address, again.dataDirectory]).toEqual([machine.id, machine.address, machine.dataDirectory]);
      expect(await (await harness().another.get(wish.machineId)).readFile('kept')).toBe('yes');
      const { createdAt, ...listing } = (await harness().provider.list()).find(({ machineId }) => machineId === wish.machineId) ?? { createdAt: '' };
      expect(listing).toEqual({ machineId: wish.machineId, clusterId: 'cluster-1', name: wish.name, address: machine.address, state: 'present' });
      expect(Math.abs(Date.parse(createdAt) - Date.now())).toBeLessThan(120_000);
    }, 120_000);
    it('many at once by two workers gives as many addresses', async () => {
      const wishes = Array.from({ length: harness().limits.manyMachines }, () => request([PORT]));
      const made = await Promise.all(wishes.flatMap((wish, at) => [(at % 2 ? harness().provider : harness().another).create(wish), harness().provider.create(wish)]));
      expect(new Set(made.map(({ address }) => address)).size).toBe(wishes.length);
    }, 120_000);
    it('completes what a killed one left, which is listed meanwhile', async () => {
      const wish = request([PORT]);
      await harness().leaveHalfCreated(wish.machineId);
      expect(await harness().provider.list()).toContainEqual(expect.objectContaining({ machineId: wish.machineId, state: 'present' }));
      await expect(harness().provider.get(wish.machineId)).rejects.toBeInstanceOf(MachineUnreachable);
      const machine = await harness().provider.create(wish);
      expect((await machine.run({ argv: ['sh', '-c', 'echo well > file; cat file'], ...LIMIT })).stdout).toBe('well\n');
    }, 120_000);
    it('gives an address on which the ports are free', async () => {
      const { listen } = harness();
      if (!listen) return expect(harness().provider.name).not.toBe('local');
      const first = await harness().provider.create(request([PORT]));
      const machineId = `${request().machineId}-squatted`;
      await harness().provider.destroy(first.id);
      const squatter = await listen(first.address, PORT);
      try {
        const second = await harness().provider.create(request([PORT], machineId));
        expect(second.address).not.toBe(first.address);
      } finally {
        await squatter.close();
      }
    }, 120_000);
    it('is refused with the name of who has a port on every address', async () => {
      const { listen } = harness();
      if (!listen) return expect(harness().provider.name).not.toBe('local');
      for (const everywhere of ['0.0.0.0', '::']) {
        // Nobody's on any address, at this moment: other suites have servers too.
        const port = await freePort();
        const holder = await listen(everywhere, port);
        const refusal = await harness().provider.create(request([PORT, port])).catch((problem: unknown) => problem);
        await holder.close();
        expect(refusal).toBeInstanceOf(PortTaken);
        expect(refusal).toMatchObject({ port, holder: expect.stringMatching(new RegExp(`^(node|MainThread) \\(pid ${holder.pid}\\)$`)) });
      }
    }, 120_000);
    it('asks for an id that is one', async () => {
      for (const bad of ['', '.', '..', '../up', 'a/b', '-x', 'x'.repeat(129)]) await expect(harness().provider.create(request([], bad))).rejects.toThrow(/id of a machine/);
    }, 120_000);
  });
};

const destroying = (harness: () => ProviderHarness): void => {
  describe('destroying', () => {
    it('leaves no process, no port and no file, and may be repeated', async () => {
      const machine = await harness().provider.create(request([PORT]));
      await machine.ensureService(stubborn);
      await machine.ensureService(listener(machine.address, PORT));
      await eventually('it listens', () => accepts(machine.address, PORT));
      const command = machine.exec({ argv: ['sh', '-c', 'setsid sleep 1000'], timeoutMs: 60_000 }).catch(() => undefined);
      await eventually('all run', async () => (await harness().processesOn(machine.id)).length >= 5);
      const pids = await harness().processesOn(machine.id);
      await harness().provider.destroy(machine.id);
      await command;
      expect(await harness().processesOn(machine.id)).toEqual([]);
      expect(pids.filter(pidLives)).toEqual([]);
      expect(await accepts(machine.address, PORT)).toBe(false);
      expect(await harness().remains(machine.id)).toBe(false);
      await harness().provider.destroy(machine.id);
      await expect(harness().provider.get(machine.id)).rejects.toBeInstanceOf(MachineUnreachable);
      await expect(machine.exec({ argv: ['true'], ...LIMIT })).rejects.toBeInstanceOf(MachineUnreachable);
      await expect(machine.ensureService(stubborn)).rejects.toBeInstanceOf(MachineUnreachable);
      await expect(harness().provider.reboot(machine.id)).rejects.toBeInstanceOf(MachineUnreachable);
      expect(await harness().remains(machine.id)).toBe(false);
    }, 120_000);
    it('takes a half created one away too', async () => {
      const machineId = `half-${randomBytes(3).toString('hex')}`;
      await harness().leaveHalfCreated(machineId);
      await harness().provider.destroy(machineId);
      expect(await harness().remains(machineId)).toBe(false);
    }, 120_000);
    it('ends what a service left when its keeper was killed', async () => {
      const machine = await harness().provider.create(request());
      await machine.ensureService(stubborn);
      await harness().killSupervisor?.(machine, 'stubborn');
      await harness().provider.destroy(machine.id);
      expect(await harness().processesOn(machine.id)).toEqual([]);
    }, 120_000);
  });
};

const setAside = (harness: () => ProviderHarness): void => {
  describe('quarantine', () => {
    it('stops the machine, keeps its data, tells since when, and may be repeated', async () => {
      const wish = request([PORT]);
      const machine = await harness().provider.create(wish);
      await machine.writeFile('kept', 'yes');
      await machine.ensureService(listener(machine.address, PORT));
      await eventually('it listens', () => accepts(machine.address, PORT));
      const before = Date.now();
      await harness().provider.quarantine(machine.id);
      await harness().provider.quarantine(machine.id);
      expect(await harness().processesOn(machine.id)).toEqual([]);
      expect(await accepts(machine.address, PORT)).toBe(false);
      await expect(harness().provider.get(machine.id)).rejects.toBeInstanceOf(MachineUnreachable);
      await expect(machine.exec({ argv: ['true'], ...LIMIT })).rejects.toBeInstanceOf(MachineUnreachable);
      const listings = (await harness().provider.list()).filter(({ machineId }) => machineId === machine.id);
      expect(listings).toMatchObject([{ state: 'quarantined', name: wish.name, clusterId: 'cluster-1', address: machine.address }]);
      expect(Date.parse(listings[0]?.quarantinedAt ?? '')).toBeGreaterThanOrEqual(before - 1);
      // An operation that goes on after all finds its machine as it was, not an empty one.
      const back = await harness().provider.create(wish);
      expect([back.address, await back.readFile('kept')]).toEqual([machine.address, 'yes']);
      expect((await back.serviceStatus('listener')).state).toBe('stopped');
      await harness().provider.quarantine(machine.id);
      await harness().provider.destroy(machine.id);
      expect(await harness().remains(machine.id)).toBe(false);
      expect((await harness().provider.list()).filter(({ machineId }) => machineId === machine.id)).toEqual([]);
    }, 120_000);
  });
};
