import { describe, expect, it } from '@jest/globals';
import { hasReached, isOfHistory, parseClients, parseInfo, parsePosition, positionOf, stateIn } from './info.js';
import { wayIn } from './rejoin.js';
import { parseRole, renderRole } from './role.js';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const infoOf = (...lines: string[]): string => ['# Replication', ...lines, ''].join('\r\n');

describe('what a server says of itself', () => {
  it('is read from INFO, of a primary', () => {
    const state = stateIn(parseInfo(infoOf('valkey_version:9.1.2', 'redis_version:7.2.4', 'role:master', `master_replid:${NEW}`, 'master_repl_offset:42', 'slave0:ip=127.0.0.3,port=6379,state=online,offset=40,lag=0', 'min_slaves_good_slaves:1')));
    expect(state).toMatchObject({ role: 'primary', offset: 42, serverVersion: '9.1.2', minReplicasToWrite: true });
    expect(state.replicas).toEqual([{ host: '127.0.0.3', port: 6379, online: true, offset: 40 }]);
  });
  it('is read from INFO, of a replica', () => {
    const state = stateIn(parseInfo(infoOf('role:slave', 'master_host:127.0.0.2', 'master_port:6379', 'master_link_status:up', 'slave_read_repl_offset:50', 'slave_repl_offset:42', `master_replid:${NEW}`)));
    expect(state).toMatchObject({ role: 'replica', offset: 42, receivedOffset: 50, linkUp: true, syncing: false, upstream: { host: '127.0.0.2', port: 6379 } });
  });
  it('is a list of clients by name and value', () => {
    expect(parseClients('id=3 addr=127.0.0.1:5000 user=app name=\n')[0]?.get('user')).toBe('app');
  });
});

describe('a position', () => {
  const state = stateIn(parseInfo(infoOf('role:master', `master_replid:${NEW}`, `master_replid2:${OLD}`, 'master_repl_offset:42')));
  it('is reached in its own history and in the one that went on from it, and in no other', () => {
    expect(hasReached(state, `${NEW}:42`)).toBe(true);
    expect(hasReached(state, `${OLD}:41`)).toBe(true);
    expect(hasReached(state, `${NEW}:43`)).toBe(false);
    expect(isOfHistory(state, `${'c'.repeat(40)}:1`)).toBe(false);
  });
  it('is text that can be read again, and nothing else is one', () => {
    expect(parsePosition(positionOf(state))).toEqual({ replid: NEW, offset: 42 });
    expect(() => parsePosition('0/42')).toThrow('not a position');
  });
});

describe('the role of a node', () => {
  it('is a file that the server can include and that can be read again', () => {
    for (const role of [{ role: 'primary' }, { role: 'member' }, { role: 'fenced', position: `${OLD}:7` }, { role: 'replica', upstream: { host: '127.0.0.2', port: 6379 } }] as const) {
      expect(parseRole(renderRole(role))).toEqual(role);
    }
    expect(renderRole({ role: 'fenced', position: `${OLD}:7` })).toContain('\nreplicaof 127.0.0.1 1\n');
    expect(renderRole({ role: 'primary' })).not.toContain('replicaof');
    expect(() => parseRole('replicaof 127.0.0.2 6379\n')).toThrow('not written by Holdfast');
  });
});

describe('how a node began to follow', () => {
  it.each([
    ['as-is', ['Full resync from primary: x:1', 'Connecting to PRIMARY 127.0.0.2:6379', 'Successful partial resynchronization with primary.']],
    ['clone', ['Connecting to MASTER 127.0.0.2:6379', 'Full resync from master: x:1', 'Reconnecting to MASTER 127.0.0.2:6379', 'Successful partial resynchronization with master.']],
    ['clone', ['Connecting to MASTER 127.0.0.2:6379', 'PSYNC is not possible, initialize RDB channel.']],
    ['as-is', []],
  ] as const)('is told by the log: %s', (way, lines) => {
    expect(wayIn(lines)).toBe(way);
  });
});
