import { describe, expect, it } from '@jest/globals';
import { renderMember } from './configuration.js';

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
