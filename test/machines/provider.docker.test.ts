import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MachineUnreachable, type Machine } from '@holdfast/domain';
import { reap } from '@holdfast/infra/providers';
import { DockerProvider, DockerUnavailable, ImageMissing, listMachineImages, MACHINE_IMAGE } from '@holdfast/infra/providers/docker';
import { dockerHarness, type DockerHarness } from './machine.docker-harness.js';
import { eventually, request, talker } from '../contracts/machine.harness.js';
import { providerContract } from '../contracts/provider.contract.js';

const LIMIT = { timeoutMs: 20_000 };

let harness: DockerHarness;
beforeAll(async () => {
  harness = await dockerHarness({ mustBeOwn: true });
}, 600_000);
afterAll(async () => harness?.destroy(), 120_000);

const outputOf = async (machine: Machine, ...argv: [string, ...string[]]): Promise<string> => (await machine.run({ argv, ...LIMIT })).stdout.trim();

// What it leaves goes with the Docker.
providerContract('docker', async () => ({ ...harness, destroy: async () => undefined }));

describe('Docker machines', () => {
  it('are systems with the limits of their plan, and reach each other within their cluster', async () => {
    const [one, two] = await Promise.all([harness.provider.create(request()), harness.provider.create(request())]);
    expect(await outputOf(one, 'cat', '/proc/1/comm')).toBe('systemd');
    const { memoryTotalBytes, cpuCount } = await one.metrics();
    expect([memoryTotalBytes, cpuCount]).toEqual([1024 ** 3, 1]);
    await one.run({ argv: ['ping', '-c', '1', '-W', '2', two.address], ...LIMIT });
    expect(await outputOf(one, 'systemctl', 'is-active', 'ssh')).toBe('active');
    expect(await outputOf(one, 'cat', '/etc/machine-id')).not.toBe(await outputOf(two, 'cat', '/etc/machine-id'));
    expect(await outputOf(one, 'sha256sum', '/etc/ssh/ssh_host_ed25519_key.pub')).not.toBe(await outputOf(two, 'sha256sum', '/etc/ssh/ssh_host_ed25519_key.pub'));
    // No more than its plan: what takes more than the memory is killed, and the machine lives on.
    const greedy = await one.exec({ argv: ['perl', '-e', 'my $x = "a" x (3 * 1024 ** 3); print length $x'], ...LIMIT });
    expect(greedy.exitCode).not.toBe(0);
    expect(await outputOf(one, 'echo', 'well')).toBe('well');
  }, 180_000);
  it('keep address and files over a reboot, when others come and go', async () => {
    const [machine, other] = [await harness.provider.create(request()), await harness.provider.create(request())];
    await machine.writeFile('kept', 'yes');
    await harness.provider.destroy(other.id);
    await harness.provider.reboot(machine.id);
    const again = await harness.another.get(machine.id);
    expect([again.address, await again.readFile('kept')]).toEqual([machine.address, 'yes']);
    expect(await outputOf(again, 'hostname', '-I')).toContain(machine.address);
  }, 180_000);
  it('install what they are asked for, and nothing of it starts by itself', async () => {
    const machine = await harness.provider.create(request());
    const { binDirectory } = await machine.ensureSoftware('valkey', '8');
    expect(await outputOf(machine, `${binDirectory}/valkey-server`, '--version')).toMatch(/v=8\./);
    const haproxy = await machine.ensureSoftware('haproxy', 'any');
    expect(await outputOf(machine, `${haproxy.binDirectory}/haproxy`, '-v')).toMatch(/version 2\.6/);
    const { stdout } = await machine.run({ argv: ['ps', '-e', '-o', 'comm='], ...LIMIT });
    expect(stdout).not.toMatch(/valkey|haproxy/);
    await expect(machine.ensureSoftware('valkey', '7')).rejects.toMatchObject({ name: 'SoftwareNotAvailable', available: ['8'] });
    expect(await harness.provider.softwareVersions('mariadb')).toEqual(['10.11']);
  }, 180_000);
  it('that no fact knows are found and removed by the reaper, and nothing of others is touched', async () => {
    const clock = { now: () => new Date(Date.now() + 365 * 24 * 3600_000) };
    const foreign = new DockerProvider({ installation: 'other', socketPath: harness.daemon.socketPath });
    const theirs = await foreign.create(request());
    await harness.docker.createVolume({ Name: 'somebodys-volume' });
    const container = await harness.docker.createContainer({ Image: MACHINE_IMAGE, name: 'holdfast-look-alike', Cmd: ['sleep', '1000'] });
    await container.start();
    const known = new Set((await harness.provider.list()).map(({ machineId }) => machineId));
    const lost = `lost-${request().machineId}`;
    await harness.leaveHalfCreated(lost);
    const options = { knownMachineIds: async () => known, mayRemove: async () => true, clock };
    for (let look = 0; look < 3; look++) await reap(harness.provider, options);
    expect(await harness.remains(lost)).toBe(false);
    expect(await theirs.fileExists('.')).toBe(true);
    expect((await container.inspect()).State.Running).toBe(true);
    expect((await harness.docker.getVolume('somebodys-volume').inspect()).Name).toBe('somebodys-volume');
    await container.remove({ force: true });
    await foreign.destroy(theirs.id);
  }, 120_000);
  it('take their network along when the last of their cluster is gone', async () => {
    const wish = { ...request(), clusterId: 'cluster-alone' };
    await harness.provider.create(wish);
    const networks = async (): Promise<string[]> => (await harness.docker.listNetworks()).map(({ Name }) => Name).filter((name) => name.endsWith('cluster-alone'));
    expect(await networks()).toHaveLength(1);
    await harness.provider.destroy(wish.machineId);
    expect(await networks()).toEqual([]);
  }, 180_000);
});

describe('Docker', () => {
  it('that is not there is told as such', async () => {
    const nowhere = new DockerProvider({ installation: 'nowhere', socketPath: '/run/holdfast-no-such-docker.sock' });
    const refusal = await nowhere.create(request()).catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(DockerUnavailable);
    expect((refusal as Error).message).toMatch(/Docker does not answer/);
    await expect(nowhere.list()).rejects.toBeInstanceOf(DockerUnavailable);
    await expect(nowhere.get('x')).rejects.toBeInstanceOf(DockerUnavailable);
  });
  it('restarted in the middle: what runs fails as unreachable, then all goes on, services too', async () => {
    const wish = request();
    const machine = await harness.provider.create(wish);
    await machine.ensureService(talker('steady'));
    const running = machine.exec({ argv: ['sleep', '100'], timeoutMs: 60_000 }).catch((problem: unknown) => problem);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await harness.daemon.own?.kill();
    expect(await running).toBeInstanceOf(MachineUnreachable);
    await expect(machine.exec({ argv: ['true'], ...LIMIT })).rejects.toBeInstanceOf(MachineUnreachable);
    await expect(harness.provider.create(wish)).rejects.toBeInstanceOf(DockerUnavailable);
    await expect(harness.provider.reboot(wish.machineId)).rejects.toBeInstanceOf(DockerUnavailable);
    await harness.daemon.own?.start();
    await eventually('it is up', async () => (await harness.provider.create(wish)).address === machine.address, 60_000);
    expect(await outputOf(machine, 'echo', 'well')).toBe('well');
    await eventually('its service runs', async () => (await machine.serviceStatus('steady')).state === 'running');
  }, 120_000);
  it('without our image refuses and says what to run', async () => {
    expect(await listMachineImages(harness.daemon.socketPath)).toMatchObject([{ tag: MACHINE_IMAGE, isCurrent: true }]);
    for (const { machineId } of await harness.provider.list()) await harness.provider.destroy(machineId);
    await harness.docker.getImage(MACHINE_IMAGE).remove({ force: true });
    const refusal = await harness.provider.create(request()).catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(ImageMissing);
    expect((refusal as Error).message).toContain('./holdfast images build');
    await expect(harness.provider.softwareVersions('postgresql')).rejects.toBeInstanceOf(ImageMissing);
    expect(await harness.provider.list()).toEqual([]);
  }, 180_000);
});
