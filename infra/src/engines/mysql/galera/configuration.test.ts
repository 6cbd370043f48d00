import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MEMBER_STARTER, renderMember } from './configuration.js';

const login = (user: string): { user: string; password: string } => ({ user, password: 'secret' });
const renderedOf = (...hosts: readonly string[]): string =>
  renderMember({
    name: 'ma-1',
    address: '10.0.0.7',
    port: 3306,
    memoryBytes: 2 ** 30,
    paths: { data: '/d', accounts: '/a', temporary: '/t' },
    membership: { members: hosts.map((host, at) => ({ name: `ma-${at + 1}`, host })) },
    library: '/l.so',
    transferPath: '/t',
    credentials: { superuser: login('holdfast'), replication: login('replication'), application: { ...login('app'), database: 'app' } },
  });
const rendered = renderedOf('10.0.0.7', '10.0.0.8');

describe("a member's configuration", () => {
  it('binds everything that it listens on to its own address', () => {
    expect(rendered).toContain('bind_address=10.0.0.7\n');
    expect(rendered).toContain('gmcast.listen_addr=tcp://10.0.0.7:4567;ist.recv_addr=10.0.0.7:4568');
    // The receiver of state transfers is a program of its own.
    const transfers = rendered.slice(rendered.indexOf('[sst]'));
    expect(transfers).toContain('sockopt=bind=10.0.0.7\n');
    expect(transfers).toContain('sst-log-archive=0\n');
  });

  it('lets in only the addresses of members, and everybody where one of them is a name, which the server cannot compare', () => {
    expect(rendered).toContain('wsrep_allowlist=10.0.0.7,10.0.0.8\n');
    expect(rendered.indexOf('wsrep_allowlist=')).toBeLessThan(rendered.indexOf('[sst]'));
    expect(renderedOf('127.0.4.2', '127.0.4.1')).toContain('wsrep_allowlist=127.0.0.1,127.0.4.1,127.0.4.2\n');
    expect(renderedOf('10.0.0.7', 'db-2.example.org')).not.toContain('allowlist');
  });
});

describe("a member's starter", () => {
  const MEMBER = 'wsrep_cluster_address=gcomm://10.0.0.7:4567,10.0.0.8:4567\n';
  const BEGINNER = 'wsrep_cluster_address=gcomm://\n';
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-starter-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs it with a `sleep` that is short and notes how long it was to be, and a server that prints that note and its last argument. */
  const started = (config: string, files: Readonly<Record<string, string>>): string => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('sleep'), `#!/bin/sh\n/bin/sleep 0.2\necho "slept $1" > "${path('slept')}"\n`, { mode: 0o755 });
    const server = `case "$2" in --wsrep-recover) echo "WSREP: Recovered position: 4a0b:42";; *) cat "${path('slept')}"; echo "$2";; esac`;
    writeFileSync(path('server'), `#!/bin/sh\n${server}\n`, { mode: 0o755 });
    for (const [name, text] of Object.entries({ ...files, 'server.cnf': config, starter: MEMBER_STARTER })) writeFileSync(path(name), text);
    const argv = ['starter', 'server', 'server.cnf', 'grastate.dat'].map(path);
    return execFileSync('sh', argv, { env: { PATH: `${folder}:/usr/bin:/bin` }, encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  const killed = { 'grastate.dat': 'uuid:    4a0b\nseqno:   -1\n', 'gvwstate.dat': 'my_uuid: 1\n' };

  it('lets one that was killed as a member wait until the others have given it up, and finds out how far it came', () => {
    expect(started(MEMBER, killed)).toBe('slept 10\n--wsrep_start_position=4a0b:42');
  });

  it('lets nobody wait who left in good order, or begins the group', () => {
    expect(started(MEMBER, { 'grastate.dat': 'uuid:    4a0b\nseqno:   42\n' })).toBe('');
    expect(started(BEGINNER, killed)).toBe('--wsrep_start_position=4a0b:42');
  });
});
