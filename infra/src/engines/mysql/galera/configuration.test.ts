import { describe, expect, it } from '@jest/globals';
import { renderMember } from './configuration.js';

const login = (user: string): { user: string; password: string } => ({ user, password: 'secret' });
const rendered = renderMember({
  name: 'ma-1',
  address: '10.0.0.7',
  port: 3306,
  memoryBytes: 2 ** 30,
  paths: { data: '/d', accounts: '/a', temporary: '/t' },
  membership: { members: [{ name: 'ma-1', host: '10.0.0.7' }, { name: 'ma-2', host: '10.0.0.8' }] },
  library: '/l.so',
  transferPath: '/t',
  credentials: { superuser: login('holdfast'), replication: login('replication'), application: { ...login('app'), database: 'app' } },
});

describe("a member's configuration", () => {
  it('binds everything that it listens on to its own address', () => {
    expect(rendered).toContain('bind_address=10.0.0.7\n');
    expect(rendered).toContain('gmcast.listen_addr=tcp://10.0.0.7:4567;ist.recv_addr=10.0.0.7:4568');
    // The receiver of state transfers is a program of its own.
    const transfers = rendered.slice(rendered.indexOf('[sst]'));
    expect(transfers).toContain('sockopt=bind=10.0.0.7\n');
    expect(transfers).toContain('sst-log-archive=0\n');
  });
});
