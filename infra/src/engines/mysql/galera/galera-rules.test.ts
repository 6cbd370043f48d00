import { describe, expect, it } from '@jest/globals';
import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { groupName, renderMember } from './configuration.js';
import { healthIn } from './health.js';
import { renderMemberAccounts } from './member-server.js';
import { parseRecovered, parseState } from './saved-state.js';
import { mostAdvanced } from './whole-start.js';

const HISTORY = '4a0b5c6d-0000-11f0-8000-aaaaaaaaaaaa';
const OTHER_HISTORY = '99999999-0000-11f0-8000-bbbbbbbbbbbb';

describe("a member's note of its state", () => {
  const note = (seqno: string): string => `# GALERA saved state\nversion: 2.1\nuuid:    ${HISTORY}\nseqno:   ${seqno}\nsafe_to_bootstrap: 0\n`;
  it('is read, also of one that was not stopped in good order', () => {
    expect(parseState(note('42'))).toEqual({ history: HISTORY, number: 42 });
    expect(parseState(note('-1'))).toEqual({ history: HISTORY, number: -1 });
  });
  it('is nothing where the file was cut off', () => {
    expect(parseState('')).toBeUndefined();
    expect(parseState(`uuid:    ${HISTORY}\nseqno:`)).toBeUndefined();
  });
  it('is found in what a recovery prints, the last word of it', () => {
    const printed = `[Note] WSREP: Recovered position: ${HISTORY}:7\n[Note] WSREP: Recovered position: ${HISTORY}:27,0-1-2\n`;
    expect(parseRecovered(printed)).toEqual({ history: HISTORY, number: 27 });
    expect(parseRecovered('[ERROR] no space left')).toBeUndefined();
  });
});

describe('the member that a stopped group starts from', () => {
  const found = (name: string, number?: number, history = HISTORY) => ({ node: { name } as EngineNode, state: number === undefined ? undefined : { history, number } });
  it('is the first of those that have the most', () => {
    expect(mostAdvanced([found('a', 5), found('b', 12), found('c', 12)]).node.name).toBe('b');
    expect(mostAdvanced([found('a'), found('b', 0)]).node.name).toBe('b');
  });
  it('is nobody where none has data, or where they are not of one history', () => {
    expect(() => mostAdvanced([found('a'), found('b')])).toThrow('a, b: none of them has data to start the group from.');
    expect(() => mostAdvanced([found('a', 5), found('b', 900, OTHER_HISTORY)])).toThrow(/^b: its data are of another history than those of a: .* Nothing was started\.$/);
  });
});

describe('the accounts of a group', () => {
  it('let endpoints ask without a password, and nothing else', () => {
    const login = (user: string): { user: string; password: string } => ({ user, password: 'secret' });
    const text = renderMemberAccounts({ superuser: login('holdfast'), replication: login('replication'), application: { ...login('app'), database: 'app' } });
    expect(text).not.toMatch(/secret/);
    expect(text.split('\n').filter((line) => line.includes('holdfast_check'))).toEqual([
      "CREATE USER IF NOT EXISTS 'holdfast_check'@'%' IDENTIFIED VIA mysql_native_password USING '' WITH MAX_USER_CONNECTIONS 10;",
      "ALTER USER 'holdfast_check'@'%' IDENTIFIED VIA mysql_native_password USING '' WITH MAX_USER_CONNECTIONS 10;",
    ]);
  });
});

describe('the health of a member', () => {
  const SYNCED = { wsrep_connected: 'ON', wsrep_ready: 'ON', wsrep_cluster_status: 'Primary', wsrep_local_state: '4', wsrep_local_state_comment: 'Synced', wsrep_cluster_size: '3', wsrep_cluster_state_uuid: HISTORY, wsrep_last_committed: '9', wsrep_flow_control_paused: '0.01' };
  it.each([
    ['in sync', {}, { writable: true, state: 'synced', hasQuorum: true, groupSize: 3, detail: 'Synced, Primary', position: `${HISTORY}:9` }],
    ['giving its state to another, which lets it take writes', { wsrep_local_state: '2', wsrep_local_state_comment: 'Donor/Desynced' }, { writable: true, state: 'donor' }],
    ['getting what it lacks', { wsrep_local_state: '1', wsrep_ready: 'OFF' }, { writable: false, state: 'joining', hasQuorum: true }],
    ['cut off from the majority', { wsrep_cluster_status: 'non-Primary', wsrep_ready: 'OFF', wsrep_cluster_size: '1' }, { writable: false, state: 'no-quorum', hasQuorum: false, groupSize: 1, detail: 'Synced, non-Primary' }],
    ['thrown out by the others', { wsrep_connected: 'OFF', wsrep_ready: 'OFF', wsrep_cluster_status: 'Disconnected' }, { writable: false, state: 'outside', hasQuorum: false, groupSize: 0 }],
    ['in a state that nobody knows', { wsrep_local_state: '9' }, { writable: false, state: 'error' }],
    ['held back by a slow member', { wsrep_flow_control_paused: '0.314' }, { detail: 'Synced, Primary; writes waited for the slowest member 31 % of the time' }],
  ] as const)('%s', (_, change, expected) => {
    expect(healthIn({ ...SYNCED, ...change })).toMatchObject(expected);
  });
});

describe("a member's configuration", () => {
  const credentials: EngineCredentials = {
    superuser: { user: 'holdfast', password: 'one' },
    replication: { user: 'holdfast_replication', password: '#two;"\'$ \\' },
    application: { user: 'app', password: 'three', database: 'app' },
  };
  const members = [{ name: 'ma-1', host: '10.0.0.1' }, { name: 'ma-2', host: '10.0.0.2' }, { name: 'ma-3', host: '10.0.0.3' }];
  const source = { name: 'ma-2', address: '10.0.0.2', port: 3306, memoryBytes: 1024 ** 3, paths: { data: '/d/data', accounts: '/d/accounts.sql', temporary: '/d' }, library: '/lib/galera.so', transferPath: '/d/transfer', credentials };
  it('looks for all members, and asks the one that clients write to last for its state', () => {
    const lines = renderMember({ ...source, membership: { members } }).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['wsrep_cluster_address=gcomm://10.0.0.1:4567,10.0.0.2:4567,10.0.0.3:4567', 'wsrep_sst_donor=ma-3,ma-1,', 'wsrep_node_name=ma-2', 'sockopt=bind=10.0.0.2']));
    expect(lines.some((line) => line.startsWith('init_file'))).toBe(false);
  });
  it('begins a group only when it is told to, and then makes the accounts', () => {
    const lines = renderMember({ ...source, membership: { members, begins: true } }).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['wsrep_cluster_address=gcomm://', 'init_file=/d/accounts.sql']));
  });
  it('holds no password as it is', () => {
    const text = renderMember({ ...source, membership: { members } });
    expect(text).not.toContain(credentials.replication.password);
    expect(text).toMatch(/^wsrep_sst_auth=holdfast_replication:[A-Za-z0-9_-]{32}$/m);
  });
  it('names the group by its passwords, so that no other group is met by mistake', () => {
    expect(groupName(credentials)).toMatch(/^holdfast-[0-9a-f]{23}$/);
    expect(groupName({ ...credentials, replication: { user: 'holdfast_replication', password: 'other' } })).not.toBe(groupName(credentials));
  });
});
