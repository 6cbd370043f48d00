import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOST_CLOCK_OFFSET_MS_MAX, MARKER_PATH, type HostCheck, type RegisteredHost } from '@holdfast/domain';
import { reap } from '@holdfast/infra/providers';
import { SshHosts, SshProvider, type SshLimits } from '@holdfast/infra/providers/ssh';
import { startRegistry, type TestRegistry } from '../support/host-registry.js';
import { startSshd, type Sshd, type SshdOptions } from '../support/sshd.js';
import { request } from './machine.harness.js';

const LIMITS: SshLimits = { connectMs: 20_000, keepAliveMs: 5_000, keepAliveCountMax: 3, idleMs: 30_000 };
const codesOf = ({ problems }: HostCheck): string[] => problems.map(({ code }) => code);

describe('hosts over real sshd', () => {
  let registry: TestRegistry;
  let hosts: SshHosts;
  let well: Sshd;
  const others: Sshd[] = [];

  beforeAll(async () => {
    registry = await startRegistry();
    hosts = new SshHosts(registry.registry, LIMITS);
    well = await startSshd();
  }, 120_000);
  afterAll(async () => {
    await hosts.close();
    await Promise.all([well, ...others].map((sshd) => sshd.stop()));
    await registry.stop();
  });

  const server = async (options: SshdOptions): Promise<Sshd> => {
    const sshd = await startSshd(options);
    others.push(sshd);
    return sshd;
  };
  const hostOn = (sshd: Sshd, changes: { user?: string; key?: string } = {}): Promise<RegisteredHost> => registry.add(sshd.address, sshd.port, changes.user ?? 'root', changes.key ?? sshd.privateKey);
  /** A look at a server of its own with these faults. */
  const lookAt = async (options: SshdOptions): Promise<HostCheck> => {
    const sshd = await server(options);
    const host = await hostOn(sshd);
    const check = await hosts.check(host);
    await registry.remove(host.id);
    return check;
  };

  it('finds nothing wrong with one that is as it should be, and pins its key', async () => {
    const host = await hostOn(well);
    expect(codesOf(await hosts.check(host))).toEqual([]);
    const after = await registry.host(host.id);
    expect(after.fingerprint).toBe(well.fingerprint());
    expect(after.check?.measured).toMatchObject({ system: 'debian', systemVersion: '12', becomesRoot: true, hasSystemd: true, cpuCount: expect.any(Number) });
    expect(Math.abs(after.check?.measured.clockOffsetMs ?? Infinity)).toBeLessThan(HOST_CLOCK_OFFSET_MS_MAX);
    expect(after.check?.measured.diskFreeBytes).toBeGreaterThan(15 * 1024 ** 3);
    await registry.remove(host.id);
  });
  it('says what is wrong with others', async () => {
    expect(codesOf(await lookAt({ osRelease: 'ID=alpine\nVERSION_ID=3.20\n' }))).toEqual(['host-system-unsupported']);
    const small = await lookAt({ disk: '1g' });
    expect(small.problems).toEqual([{ code: 'host-disk-too-small', detail: '1.0 GiB are free under /var/lib; at least 5.0 GiB are needed.' }]);
    const late = await lookAt({ programs: { date: `#!/bin/sh\nexec /bin/date -d '+1 hour' "$@"\n` } });
    expect(codesOf(late)).toEqual(['host-clock-off']);
    expect(late.problems[0]?.detail).toMatch(/^Its clock is 3[56]\d\d\.\d s ahead \(measured within \d+\.\d s\); at most 30 s are allowed\./);
    expect(late.measured.clockOffsetMs).toBeGreaterThan(HOST_CLOCK_OFFSET_MS_MAX);
  }, 120_000);
  it('needs an account that can become root', async () => {
    const host = await hostOn(well, { user: 'guest' });
    expect(codesOf(await hosts.check(host))).toEqual(['host-without-root']);
    await registry.remove(host.id);
  });
  it('says that the key is not let in, and keeps no connection', async () => {
    const host = await hostOn(well, { key: well.otherPrivateKey });
    expect(codesOf(await hosts.check(host))).toEqual(['host-login-refused']);
    await registry.remove(host.id);
  });
  it('says that nobody is there, or that somebody does not answer', async () => {
    const sshd = await server({});
    const host = await hostOn(sshd);
    await sshd.stop();
    expect(codesOf(await hosts.check(host))).toEqual(['host-unreachable']);
    await registry.remove(host.id);
  });
  it('refuses a host whose key has changed, until a person has agreed to the new one', async () => {
    const sshd = await server({});
    const host = await hostOn(sshd);
    await hosts.check(host);
    const first = sshd.fingerprint();
    await sshd.replaceHostKey();
    const check = await hosts.check(host);
    expect(codesOf(check)).toEqual(['host-key-changed']);
    for (const part of [first, sshd.fingerprint(), 'ssh-keygen -lf']) expect(check.problems[0]?.detail).toContain(part);
    expect((await registry.host(host.id)).fingerprint).toBe(first);
    // A wrong agreement changes nothing; the right one does.
    await expect(hosts.check(host, undefined, first)).rejects.toMatchObject({ name: 'HostRefused', code: 'host-key-unproven' });
    expect(codesOf(await hosts.check(host, undefined, sshd.fingerprint()))).toEqual([]);
    expect((await registry.host(host.id)).fingerprint).toBe(sshd.fingerprint());
    expect(codesOf(await hosts.check(host))).toEqual([]);
    await registry.remove(host.id);
  });
  it('finds out when another control plane uses it', async () => {
    const host = await hostOn(well);
    const program = ['sh', '-c', `mkdir -p /var/lib/holdfast && cat > ${MARKER_PATH}`] as const;
    const write = async (text: string): Promise<void> => {
      const stdin = (async function* () {
        yield Buffer.from(text);
      })();
      await hosts.to(host).exec({ argv: program, stdin, onOutput: () => undefined, signal: new AbortController().signal });
    };
    const marker = { machineId: 'c-shop-1-n1', clusterId: 'c-shop-1', name: 'pg-1', ports: [], createdAt: '2026-01-01T00:00:00Z', owner: 'somebody' };
    await write(JSON.stringify(marker));
    const check = await hosts.check(host, { machineId: 'c-shop-1-n1', owner: await registry.registry.owner() });
    expect(check.problems).toMatchObject([{ code: 'host-taken', detail: expect.stringContaining('machine c-shop-1-n1 of cluster c-shop-1') }]);
    await write('}{ not a marker');
    expect(codesOf(await hosts.check(host))).toEqual(['host-taken']);
    const provider = new SshProvider({ registry: registry.registry, limits: LIMITS });
    await expect(provider.create(request())).rejects.toMatchObject({ name: 'NoFreeHost', message: expect.stringContaining('carries the marker of machine unknown') });
    expect(await provider.list()).toEqual([]);
    expect(await provider.supply([])).toMatchObject({ free: 0, unusable: [{ id: host.id, reason: expect.stringContaining('carries the marker of machine unknown') }] });
    await hosts.to(host).exec({ argv: ['rm', '-r', '/var/lib/holdfast'], stdin: (async function* () {})(), onOutput: () => undefined, signal: new AbortController().signal });
    await registry.remove(host.id);
    await provider.close();
  });
  it('has no host for a machine, and says how many are needed and why', async () => {
    const provider = new SshProvider({ registry: registry.registry, limits: LIMITS });
    const none = await provider.create(request()).catch((error: unknown) => error);
    expect(none).toMatchObject({ name: 'NoFreeHost', message: expect.stringMatching(/1 more is needed\. Of 0 registered, 0 serve a machine and 0 cannot be used\. Add a host: holdfast hosts add/) });
    const guest = await hostOn(well, { user: 'guest' });
    const refused = await provider.create(request()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: expect.stringMatching(/Of 1 registered, 0 serve a machine and 1 cannot be used\. .*sudo/) });
    expect(await provider.list()).toEqual([]);
    await registry.remove(guest.id);
    await provider.close();
  });
  it('takes no host on which somebody listens on a port that is needed, and says who', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const provider = new SshProvider({ registry: registry.registry, limits: LIMITS });
    const host = await hostOn(well);
    await hosts.check(host);
    const who = new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken by (node|MainThread) \\(pid ${process.pid}\\)\\.$`);
    try {
      await expect(provider.create(request([1, port]))).rejects.toMatchObject({ name: 'PortTaken', port, message: expect.stringMatching(who) });
      expect(await provider.supply([1, port])).toMatchObject({ free: 0, inUse: 0, unusable: [{ id: host.id, reason: expect.stringMatching(who) }] });
      expect(await provider.supply([1])).toMatchObject({ free: 1, inUse: 0, unusable: [] });
      // Among others it is one reason of several.
      const guest = await registry.add('localhost', well.port, 'guest', well.privateKey);
      await expect(provider.create(request([port]))).rejects.toMatchObject({ name: 'NoFreeHost', message: expect.stringMatching(/2 cannot be used\. .*is taken by .*sudo/) });
      await registry.remove(guest.id);
      expect(await provider.list()).toEqual([]);
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
      await registry.remove(host.id);
      await provider.close();
    }
  });
  it('tells what can be had by looking now, and records nothing', async () => {
    const provider = new SshProvider({ registry: registry.registry, limits: LIMITS });
    const [changed, gone] = [await server({}), await server({})];
    const added = [await hostOn(well), await hostOn(changed), await hostOn(gone)];
    for (const host of added) await hosts.check(host);
    const unchecked = await registry.add('localhost', well.port, 'root', well.privateKey);
    expect(await provider.supply([])).toMatchObject({ free: 3, unusable: [{ id: unchecked.id, reason: `It was not checked yet. Check it: holdfast hosts check ${unchecked.id}.` }] });
    await Promise.all([changed.replaceHostKey(), gone.stop()]);
    await provider.close();
    const before = await registry.facts();
    const { free, unusable, remedy } = await provider.supply([]);
    expect(await registry.facts()).toBe(before);
    expect([free, remedy]).toEqual([1, expect.stringContaining('holdfast hosts add')]);
    const reasons = new Map(unusable.map(({ id, reason }) => [id, reason]));
    expect(reasons.get(added[1]?.id ?? '')).toContain('was installed anew, or somebody stands between');
    expect(reasons.get(added[2]?.id ?? '')).toContain('cannot be reached');
    for (const host of [...added, unchecked]) await registry.remove(host.id);
    await provider.close();
  }, 120_000);
  it('gives a host to one machine, however many want it at once', async () => {
    const host = await hostOn(well);
    await hosts.check(host);
    const wishes = Array.from({ length: 12 }, () => ({ ...request(), assignedAt: new Date().toISOString() }));
    const answers = await Promise.allSettled(wishes.map((wish, at) => (at % 2 === 0 ? registry.registry : registry.stranger).assign(host.id, wish)));
    const winners = wishes.filter((_, at) => answers[at]?.status === 'fulfilled').map(({ machineId }) => machineId);
    expect(winners).toHaveLength(1);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ name: 'HostRefused', code: 'host-in-use' });
    expect((await registry.host(host.id)).assignment?.machineId).toBe(winners[0]);
    await registry.registry.free(host.id, winners[0] ?? '');
    await registry.remove(host.id);
  });
  it('frees a host that was taken by somebody who was killed before anything was done on it', async () => {
    const provider = new SshProvider({ registry: registry.registry, limits: LIMITS });
    const host = await hostOn(well);
    await hosts.check(host);
    const wish = request();
    await registry.registry.assign(host.id, { ...wish, assignedAt: new Date(Date.now() - 3_600_000).toISOString() });
    const look = () => reap(provider, { knownMachineIds: async () => new Set(), mayRemove: async () => true, clock: { now: () => new Date() } });
    expect(await look()).toMatchObject({ quarantined: [{ machineId: wish.machineId }], failed: [] });
    expect(await look()).toMatchObject({ quarantined: [], waiting: [], failed: [] });
    expect((await registry.host(host.id)).assignment).toBeUndefined();
    expect(await provider.list()).toEqual([]);
    await registry.remove(host.id);
    await provider.close();
  });
  it('writes no key into its facts', async () => {
    const host = await hostOn(well);
    await hosts.check(host);
    const facts = await registry.facts();
    for (const line of well.privateKey.split('\n').filter((text) => text.length > 20)) expect(facts).not.toContain(line);
    expect(facts).toContain('private-key');
    await registry.remove(host.id);
  });
});
