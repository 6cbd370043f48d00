import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decideAssignHost, hostStream } from '@holdfast/domain';
import { EventStoreHostRegistry, HostLedger } from '@holdfast/infra/hosts';
import { SshHosts } from '@holdfast/infra/providers/ssh';
import { PostgresSecrets } from '@holdfast/infra/secrets';
import { startSshd, type Sshd } from '../support/sshd.js';
import { ApiHarness, expectProblem } from './api.harness.js';

const LIMITS = { connectMs: 20_000, keepAliveMs: 5_000, keepAliveCountMax: 3, idleMs: 1_000 };

describe('hosts over the API, on a real sshd', () => {
  let api: ApiHarness;
  let secrets: PostgresSecrets;
  let sshd: Sshd;
  let id: string;

  beforeAll(async () => {
    sshd = await startSshd();
    id = `127.0.0.1-${sshd.port}`;
    api = await ApiHarness.open({
      hosts: {
        secrets: { put: (reference, value) => secrets.put(reference, value), destroy: (prefix) => secrets.destroy(prefix) },
        check: (host, meta, agreedKey) => new SshHosts(new EventStoreHostRegistry(api.store, secrets, meta), LIMITS).check(host, undefined, agreedKey),
      },
    });
    secrets = new PostgresSecrets(api.store.pool, randomBytes(32));
    await secrets.migrate();
  }, 120_000);
  afterAll(async () => {
    await api.close();
    await sshd.stop();
  });

  const body = (changes: object = {}) => ({ address: '127.0.0.1', port: sshd.port, privateKey: sshd.privateKey, reason: 'a new server', ...changes });
  const secretCount = async (): Promise<number> => Number((await api.store.pool.query<{ count: string }>('select count(*) from secrets.secrets where reference like $1', ['host/%'])).rows[0]?.count);

  it('are registered, checked, listed and removed, and each fact says who and why', async () => {
    const registered = await api.post('/hosts', body());
    expect([registered.status, registered.body]).toEqual([201, { id, address: '127.0.0.1', port: sshd.port, user: 'root', status: 'unchecked', problems: [] }]);
    const checked = await api.post(`/hosts/${id}/check`, { reason: 'before use' });
    expect(checked.body).toMatchObject({ id, status: 'free', fingerprint: sshd.fingerprint(), problems: [], measured: { system: 'debian', systemVersion: '12' } });
    expect((await api.get('/hosts')).body).toEqual({ items: [checked.body] });
    const removed = await api.request('DELETE', `/hosts/${id}?reason=given%20back`);
    expect(removed.status).toBe(204);
    expect((await api.get('/hosts')).body).toEqual({ items: [] });
    expect(await secretCount()).toBe(0);
    const facts = await api.store.readStream(hostStream(id));
    expect(facts.map(({ type, meta }) => [type, meta.actor, meta.reason])).toEqual([
      ['HostRegistered', 'token:admin', 'a new server'],
      ['HostKeyPinned', 'token:admin', 'before use'],
      ['HostChecked', 'token:admin', 'before use'],
      ['HostRemoved', 'token:admin', 'given back'],
    ]);
  });
  it('refuse what cannot be meant', async () => {
    const before = await api.factCount();
    expectProblem(await api.post('/hosts', body({ address: 'a b' })), 422, 'invalid-host');
    expectProblem(await api.post('/hosts', body({ user: 'a;b' })), 422, 'invalid-host');
    expectProblem(await api.post('/hosts', body({ port: 70_000 })), 400, 'malformed-request');
    expectProblem(await api.post('/hosts', body({ unknown: 1 })), 400, 'malformed-request');
    expectProblem(await api.post('/hosts/1.2.3.4-22/check', {}), 404, 'unknown-host');
    expectProblem(await api.request('DELETE', '/hosts/1.2.3.4-22'), 404, 'unknown-host');
    expect(await api.factCount()).toBe(before);
    expect(await secretCount()).toBe(0);
  });
  it('refuse keys that cannot be used, and never show one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', join(folder, 'key')]);
    const [locked, open] = [readFileSync(join(folder, 'key'), 'utf8'), readFileSync(join(folder, 'key.pub'), 'utf8')];
    rmSync(folder, { recursive: true });
    for (const [privateKey, words] of [[locked, 'passphrase'], [open, 'public key'], ['x', 'OpenSSH or PEM']] as const) {
      expect(expectProblem(await api.post('/hosts', body({ privateKey })), 422, 'invalid-host-key').detail).toContain(words);
    }
    await api.post('/hosts', body());
    const answers = JSON.stringify([(await api.get('/hosts')).body, (await api.post(`/hosts/${id}/check`, {})).body, await api.store.readStream(hostStream(id)), api.log]);
    for (const line of sshd.privateKey.split('\n').filter((text) => text.length > 20)) expect(answers).not.toContain(line);
    await api.request('DELETE', `/hosts/${id}`);
  });
  it('are not registered twice, and the second key replaces nothing', async () => {
    await api.post('/hosts', body());
    expect(expectProblem(await api.post('/hosts', body({ privateKey: sshd.otherPrivateKey })), 409, 'host-known').hostId).toBe(id);
    expect(await secretCount()).toBe(1);
    expect((await api.post(`/hosts/${id}/check`, {})).body.status).toBe('free');
  });
  it('whose key has changed are refused, until it is agreed to', async () => {
    await sshd.replaceHostKey();
    const changed = await api.post(`/hosts/${id}/check`, {});
    expect(changed.body).toMatchObject({ status: 'refused', problems: [{ code: 'host-key-changed', detail: expect.stringContaining(sshd.fingerprint()) }] });
    expectProblem(await api.post(`/hosts/${id}/check`, { acceptKey: changed.body.fingerprint }), 409, 'host-key-unproven');
    expectProblem(await api.post(`/hosts/${id}/check`, { acceptKey: 'yes' }), 400, 'malformed-request');
    expect((await api.post(`/hosts/${id}/check`, { acceptKey: sshd.fingerprint() })).body).toMatchObject({ status: 'free', fingerprint: sshd.fingerprint() });
  });
  it('that serve a machine are not removed', async () => {
    const assignment = { machineId: 'c-1-n1', clusterId: 'c-1', name: 'pg-1', ports: [5432], assignedAt: new Date().toISOString() };
    await new HostLedger(api.store).change(id, (host) => decideAssignHost(host, assignment), { actor: 'test', correlationId: 'test' });
    expect((await api.get('/hosts')).body.items).toMatchObject([{ status: 'in-use', machineId: 'c-1-n1', clusterId: 'c-1' }]);
    expect(expectProblem(await api.request('DELETE', `/hosts/${id}`), 409, 'host-in-use').detail).toContain('c-1-n1');
    expectProblem(await api.request('DELETE', `/hosts/${id}?lost=perhaps`), 400, 'malformed-request');
    expect(await secretCount()).toBe(1);
  });
  it('that are gone for good are given up, with a machine that no cluster knows', async () => {
    expect((await api.request('DELETE', `/hosts/${id}?lost=true&reason=burnt`)).status).toBe(204);
    expect((await api.get('/hosts')).body.items).toEqual([]);
    expect(await secretCount()).toBe(0);
  });
});
