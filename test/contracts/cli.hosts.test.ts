import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run } from '@holdfast/cli';
import { EventStoreHostRegistry } from '@holdfast/infra/hosts';
import { SshHosts, SshProvider } from '@holdfast/infra/providers/ssh';
import { PostgresSecrets } from '@holdfast/infra/secrets';
import { freePorts } from '../support/free-ports.js';
import { startSshd, type Sshd } from '../support/sshd.js';
import { ApiHarness } from './api.harness.js';

jest.setTimeout(60_000);
const LIMITS = { connectMs: 20_000, keepAliveMs: 5_000, keepAliveCountMax: 3, idleMs: 1_000 };

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe('hosts on the command line, over the real API and a real sshd', () => {
  let api: ApiHarness;
  let sshd: Sshd;
  let provider: SshProvider;
  let secrets: PostgresSecrets;
  let home: string;
  let url: string;
  let id: string;

  beforeAll(async () => {
    sshd = await startSshd();
    id = `127.0.0.1-${sshd.port}`;
    home = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
    api = await ApiHarness.open({
      hosts: {
        secrets: { put: (reference, value) => secrets.put(reference, value), destroy: (prefix) => secrets.destroy(prefix) },
        check: (host, meta, agreedKey) => new SshHosts(new EventStoreHostRegistry(api.store, secrets, meta), LIMITS).check(host, undefined, agreedKey),
      },
      versionSources: { ssh: async () => ['18'] },
      // As many other ports: other suites have databases on this computer at the same time, and one listener anywhere counts.
      supplies: { ssh: async (ports) => provider.supply(await freePorts(ports.length)) },
    });
    secrets = new PostgresSecrets(api.store.pool, randomBytes(32));
    await secrets.migrate();
    provider = new SshProvider({ registry: new EventStoreHostRegistry(api.store, secrets, { actor: 'test', correlationId: 'test' }), limits: LIMITS });
    await api.app.listen(0, '127.0.0.1');
    url = await api.app.getUrl();
    writeFileSync(join(home, 'admin-token'), `${api.token}\n`);
    for (const [name, key] of [['key', sshd.privateKey], ['other', sshd.otherPrivateKey]] as const) writeFileSync(join(home, name), key, { mode: 0o600 });
  }, 120_000);
  afterAll(async () => {
    await provider?.close();
    await api?.close();
    await sshd?.stop();
    rmSync(home, { recursive: true });
  });

  const holdfast = async (argv: readonly string[], { typed = '', terminal = false } = {}): Promise<Ended> => {
    const said = { out: '', err: '' };
    const to = (name: 'out' | 'err') => ({ isTTY: terminal, write: (text: string) => void (said[name] += text) });
    const input = Object.assign(new PassThrough(), { isTTY: terminal });
    input.end(typed);
    const env = { PATH: process.env['PATH'], HOLDFAST_HOME: home, HOLDFAST_API_URL: url, NO_COLOR: '1' };
    return { code: await run(argv, { out: to('out'), err: to('err'), in: input, env }), ...said };
  };
  const add = (...more: string[]): readonly string[] => ['hosts', 'add', '127.0.0.1', '--port', String(sshd.port), ...more];
  const keyLines = (): string[] => `${sshd.privateKey}\n${sshd.otherPrivateKey}`.split('\n').filter((text) => text.length > 20);
  /** What is printed never holds a part of a key. */
  const sayNoKey = ({ out, err }: Ended): void => {
    for (const line of keyLines()) expect(`${out}${err}`).not.toContain(line);
  };

  it('are added with a key from standard input, checked, listed and removed', async () => {
    const added = await holdfast([...add('--key', '-'), '--reason', 'a new server'], { typed: sshd.privateKey });
    expect(added).toEqual({ code: 0, out: `${id} shows the key ${sshd.fingerprint()}.\n${id} can be used.\n`, err: '' });
    const listed = await holdfast(['hosts', 'list']);
    expect(listed.out.split('\t').slice(0, 3)).toEqual([id, 'root', 'free']);
    const shown = await holdfast(['hosts', 'list'], { terminal: true });
    expect(shown.out).toMatch(/^HOST +USER +STATUS +MACHINE +SYSTEM +CPUS +MEMORY +DISK FREE +PROBLEMS/);
    expect(shown.out).toContain('debian 12');
    const again = await holdfast(add('--key', '-'), { typed: sshd.otherPrivateKey });
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('code: host-known')]);
    expect((await holdfast(['hosts', 'check', id])).out).toContain(`${id} can be used.`);
    expect(await holdfast(['hosts', 'remove', id, '--reason', 'given back'])).toEqual({ code: 0, out: `${id} is removed.\n`, err: '' });
    expect((await holdfast(['hosts', 'list'])).out).toBe('');
    [added, listed, again].forEach(sayNoKey);
  });
  it('speak JSON and nothing beside it', async () => {
    const added = await holdfast([...add('--key', join(home, 'key')), '--json']);
    expect([added.code, added.err]).toEqual([0, '']);
    expect(JSON.parse(added.out)).toMatchObject({ id, user: 'root', status: 'free', fingerprint: sshd.fingerprint(), problems: [] });
    expect(JSON.parse((await holdfast(['hosts', 'list', '--json'])).out)).toMatchObject({ items: [{ id, status: 'free' }] });
    expect(JSON.parse((await holdfast(['hosts', 'check', id, '--json'])).out)).toMatchObject({ id, problems: [] });
    expect(JSON.parse((await holdfast(['hosts', 'remove', id, '--json'])).out)).toEqual({ removed: id });
    const unknown = await holdfast(['hosts', 'remove', id, '--json']);
    expect([unknown.code, JSON.parse(unknown.out)]).toEqual([2, expect.objectContaining({ code: 'unknown-host' })]);
  });
  it('whose key is not let in are kept and told with 1, and what to do', async () => {
    const refused = await holdfast(add('--key', join(home, 'other')));
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('host-login-refused: 127.0.0.1 port');
    expect(refused.out).toContain('authorized_keys');
    sayNoKey(refused);
    expect((await holdfast(['hosts', 'list'])).out.split('\t')[2]).toBe('refused');
    expect((await holdfast(['hosts', 'check', id])).code).toBe(1);
    await holdfast(['hosts', 'remove', id]);
  });
  it('whose key cannot be read are not added', async () => {
    expect(await holdfast(add('--key', join(home, 'nowhere')))).toMatchObject({ code: 2, err: expect.stringContaining('code: unreadable-key') });
    expect(await holdfast(add('--key', '-'), { terminal: true })).toMatchObject({ code: 2, err: expect.stringContaining('Standard input is a terminal') });
    expect(await holdfast(add('--key', '-'), { typed: 'x'.repeat(30_000) })).toMatchObject({ code: 2, err: expect.stringContaining('longer than any private key') });
    // A key among the arguments, where others see it, is taken for the name of a file; and it is not repeated.
    const argued = await holdfast(add('--key', sshd.privateKey));
    expect(argued.code).toBe(2);
    sayNoKey(argued);
    expect((await holdfast(add())).err).toContain('--key <file>');
    expect((await holdfast(['hosts', 'list'])).out).toBe('');
  });
  it('are too few for a deployment, which is refused with why, and changes nothing', async () => {
    await holdfast(add('--key', join(home, 'key')));
    const before = await api.factCount();
    const deploy = ['clusters', 'deploy', 'shop', '--engine', 'postgresql', '--version', '18', '--nodes', '2', '--provider', 'ssh', '--yes'];
    const few = await holdfast(deploy);
    expect(few.code).toBe(2);
    expect(few.err).toContain('3 machines are needed, one for each node and one for the endpoint, and 1 is free: 2 more are needed.');
    expect(few.err).toContain('code: not-enough-machines');
    expect(JSON.parse((await holdfast([...deploy, '--json'])).out)).toMatchObject({ code: 'not-enough-machines', needed: 3, free: 1, missing: 2, unusable: [] });
    expect(await api.factCount()).toBe(before);
    await sshd.replaceHostKey();
    await provider.close();
    const none = await holdfast(deploy);
    expect(none.err).toContain(`3 more are needed. ${id} cannot be used: Host ${id} shows the key ${sshd.fingerprint()}`);
    expect(await api.factCount()).toBe(before);
    const checked = await holdfast(['hosts', 'check', id]);
    expect([checked.code, checked.out]).toEqual([1, expect.stringContaining('host-key-changed')]);
    expect((await holdfast(['hosts', 'check', id, '--accept-key', sshd.fingerprint()])).code).toBe(0);
    expect((await holdfast(deploy)).err).toContain('1 is free');
  });
});
