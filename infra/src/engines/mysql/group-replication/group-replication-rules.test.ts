import { describe, expect, it } from '@jest/globals';
import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { renderMemberAccounts } from './accounts.js';
import { renderMember } from './configuration.js';
import { healthIn, type SeenState } from './health.js';
import { groupAddress, groupName, type Membership } from './layout.js';
import { mostAdvanced } from './whole-start.js';

const CREDENTIALS: EngineCredentials = {
  superuser: { user: 'holdfast', password: "super'secret" },
  replication: { user: 'holdfast_replication', password: 'replication-secret' },
  application: { user: 'app', password: 'application-secret', database: 'app' },
};
const PEERS = [
  { name: 'my-1', host: '10.0.0.1', port: 3306 },
  { name: 'my-2', host: '10.0.0.2', port: 3306 },
];
const render = (stage: Membership['stage'], hosts = ['10.0.0.1', '10.0.0.2']): Record<string, string> => {
  const members = PEERS.map((peer, at) => ({ ...peer, host: hosts[at] ?? '' }));
  const text = renderMember({ name: 'my-1', address: hosts[0] ?? '', port: 3306, memoryBytes: 2 ** 30, paths: { data: '/d', accounts: '/a', temporary: '/t' }, membership: { members, stage }, credentials: CREDENTIALS });
  expect(text).not.toMatch(/secret/);
  return Object.fromEntries(text.split('\n').map((line) => line.split('=')));
};

describe('the configuration of a member of a group', () => {
  it('never begins a group, and joins one by itself only once it was in it', () => {
    for (const stage of ['founding', 'held', 'new', 'member'] as const) {
      expect(render(stage)).toMatchObject({
        loose_group_replication_bootstrap_group: 'OFF',
        loose_group_replication_start_on_boot: stage === 'member' ? 'ON' : 'OFF',
        loose_group_replication_single_primary_mode: 'OFF',
        super_read_only: '1',
      });
    }
  });
  it('lets only members speak to it', () => {
    expect(render('member')).toMatchObject({
      loose_group_replication_local_address: '10.0.0.1:33061',
      loose_group_replication_group_seeds: '10.0.0.1:33061,10.0.0.2:33061',
      loose_group_replication_ip_allowlist: '10.0.0.1,10.0.0.2',
      loose_group_replication_ssl_mode: 'REQUIRED',
    });
  });
  it('gives members on loopback addresses of one computer a port each', () => {
    const { loose_group_replication_group_seeds: seeds = '', loose_group_replication_ip_allowlist: allowed } = render('member', ['127.5.0.1', '127.5.0.2']);
    expect(allowed).toBe('127.0.0.1');
    expect(new Set(seeds.split(',')).size).toBe(2);
    const ports = Array.from({ length: 254 }, (_, at) => groupAddress({ host: `127.5.0.${at + 1}` }));
    expect(new Set(ports.map(({ port }) => port)).size).toBe(254);
    for (const { host, port } of ports) {
      expect(host).toBe('127.0.0.1');
      expect(port).toBeGreaterThanOrEqual(10_000);
      expect(port).toBeLessThan(30_000);
    }
  });
  it('names the group by its secret, which it does not tell', () => {
    expect(groupName(CREDENTIALS)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(groupName({ ...CREDENTIALS, replication: { user: 'holdfast_replication', password: 'another' } })).not.toBe(groupName(CREDENTIALS));
  });
  it('makes accounts from hashes, and shuts everybody out of writing after it', () => {
    const text = renderMemberAccounts(CREDENTIALS);
    expect(text).not.toMatch(/secret/);
    expect(text.trimEnd().split('\n').every((line) => line.endsWith(';'))).toBe(true);
    expect(text.trimEnd().split('\n').at(-1)).toBe('SET GLOBAL super_read_only = 1;');
  });
  it('lets endpoints ask without a password, and nothing else', () => {
    const lines = renderMemberAccounts(CREDENTIALS).split('\n').filter((line) => line.includes('holdfast_check'));
    expect(lines).toEqual([
      "CREATE USER IF NOT EXISTS 'holdfast_check'@'%' IDENTIFIED WITH caching_sha2_password BY '' WITH MAX_USER_CONNECTIONS 10;",
      "ALTER USER 'holdfast_check'@'%' IDENTIFIED WITH caching_sha2_password BY '' WITH MAX_USER_CONNECTIONS 10;",
      "GRANT SELECT ON performance_schema.replication_group_members TO 'holdfast_check'@'%';",
    ]);
  });
});

const member = (at: number, state: string): SeenState['members'][number] => ({ id: `id-${at}`, host: `10.0.0.${at}`, port: '3306', state });
const own = (over: Record<string, string> = {}): SeenState['own'] => ({ id: 'id-1', read_only: '0', offline: '0', position: 'a:1-5,\nb:1', version: '9.7.4', to_certify: '1', to_apply: '2', ...over });

describe('what a member says', () => {
  it('is in sync and takes writes with a majority', () => {
    expect(healthIn({ own: own(), members: [member(2, 'ONLINE'), member(1, 'ONLINE'), member(3, 'UNREACHABLE')] }, PEERS)).toEqual({
      reachable: true,
      writable: true,
      state: 'synced',
      detail: 'ONLINE; does not reach 10.0.0.3:3306; 1 to certify; 2 to apply',
      groupSize: 3,
      hasQuorum: true,
      members: ['10.0.0.3:3306', 'my-1', 'my-2'],
      position: 'a:1-5,b:1',
      serverVersion: '9.7.4',
    });
  });
  it('has no majority with half of the group', () => {
    const half = healthIn({ own: own(), members: [member(1, 'ONLINE'), member(2, 'UNREACHABLE')] }, PEERS);
    expect(half).toMatchObject({ writable: false, state: 'no-quorum', hasQuorum: false, groupSize: 2 });
  });
  it('takes no writes while it joins, is read-only, has given up, or is outside', () => {
    expect(healthIn({ own: own({ read_only: '1' }), members: [member(1, 'RECOVERING'), member(2, 'ONLINE')] }, PEERS)).toMatchObject({ writable: false, state: 'joining', hasQuorum: true });
    expect(healthIn({ own: own({ read_only: '1' }), members: [member(1, 'ONLINE')] }, PEERS)).toMatchObject({ writable: false, state: 'synced' });
    expect(healthIn({ own: own(), members: [member(1, 'ERROR')] }, PEERS)).toMatchObject({ writable: false, state: 'error', groupSize: 0, members: [] });
    expect(healthIn({ own: own(), members: [] }, PEERS)).toMatchObject({ writable: false, state: 'outside', detail: 'OFFLINE', hasQuorum: false });
  });
});

describe('the start of a whole group', () => {
  const found = (name: string, position: string): Parameters<typeof mostAdvanced>[0][number] => ({ node: { name } as EngineNode, position });
  it('is from the one that has all that any has', () => {
    expect(mostAdvanced([found('a', 'u:1-5'), found('b', 'u:1-7:9,v:1'), found('c', 'u:1-7:9,v:1')]).node.name).toBe('b');
  });
  it('is refused where there is none', () => {
    expect(() => mostAdvanced([found('a', 'u:1-5,v:1'), found('b', 'u:1-6')])).toThrow(/a has u:1-5,v:1; b has u:1-6/);
    expect(() => mostAdvanced([])).toThrow(/no/);
  });
});
