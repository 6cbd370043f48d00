import { describe, expect, it } from '@jest/globals';
import { quoteWord, renderConfig, renderRequired, renderSync } from './configuration.js';

const MIB = 1024 * 1024;
const SOURCE = {
  address: '127.0.0.9',
  port: 6379,
  memoryBytes: 1024 * MIB,
  paths: { data: '/m/data', users: '/m/users.acl', includes: ['/m/sync.conf', '/m/role.conf'] },
  replication: { user: 'holdfast_replication:vk-1', password: 'a "quoted" \\ word' },
  sharded: false,
};

describe('the configuration of a Valkey or Redis server', () => {
  it('tells the address that others reach, the bounds of memory, and no password but the one for replication', () => {
    const lines = renderConfig(SOURCE).split('\n');
    for (const line of ['bind 127.0.0.9', 'replica-announce-ip 127.0.0.9', 'replica-announce-port 6379', 'appendonly yes', `maxmemory ${768 * MIB}`, `repl-backlog-size ${64 * MIB}`]) {
      expect(lines).toContain(line);
    }
    expect(lines).toContain('masterauth "a \\"quoted\\" \\\\ word"');
    expect(lines.slice(-3)).toEqual(['include "/m/sync.conf"', 'include "/m/role.conf"', '']);
    expect(renderConfig(SOURCE)).not.toContain('cluster-enabled');
  });
  it('is that of a member of a cluster where data is spread over shards', () => {
    expect(renderConfig({ ...SOURCE, sharded: true }).split('\n')).toEqual(
      expect.arrayContaining(['cluster-enabled yes', 'cluster-announce-ip 127.0.0.9', 'cluster-allow-replica-migration no', 'cluster-require-full-coverage no']),
    );
  });
  it('keeps a backlog within bounds for small and large machines', () => {
    expect(renderConfig({ ...SOURCE, memoryBytes: 4 * MIB })).toContain(`repl-backlog-size ${MIB}\n`);
    expect(renderConfig({ ...SOURCE, memoryBytes: 64 * 1024 * MIB })).toContain(`repl-backlog-size ${512 * MIB}\n`);
  });
  it('takes no line break into a word', () => {
    expect(() => quoteWord('a\nrequirepass none')).toThrow('line break');
  });
  it('says how many replicas must be there, and refuses what no write could meet', () => {
    expect(renderSync({ required: 1, among: ['a', 'b'] })).toBe('min-replicas-to-write 1\nmin-replicas-max-lag 3\n');
    for (const required of [3, -1, 0.5]) expect(() => renderSync({ required, among: ['a', 'b'] })).toThrow(`${required} of 2`);
    expect([0, 1].map(renderRequired)).toEqual([0, 1].map((required) => renderSync({ required, among: ['a'] })));
  });
});
