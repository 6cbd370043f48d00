import type { EngineCredentials } from '@holdfast/domain';
import {
  conninfoOf,
  renderHba,
  renderMainConfig,
  renderPassfile,
  renderSyncConfig,
  renderUpstreamConfig,
  synchronousStandbyNames,
  withoutOwnedSettings,
} from './configuration.js';
import { NotASyncPolicy } from '../../engine-support/node-errors.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const mainConfig = (memoryBytes: number, diskTotalBytes: number): Map<string, string> => {
  const text = renderMainConfig({ memoryBytes, diskTotalBytes, hbaPath: '/m/pg_hba.conf', identPath: '/m/pg_ident.conf', includes: ["/m/it's.conf"] });
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes(' = '))
      .map((line) => line.split(' = ') as [string, string]),
  );
};

describe('the main configuration', () => {
  it('scales memory with the machine, within bounds', () => {
    expect(mainConfig(4 * GIB, 100 * GIB).get('shared_buffers')).toBe("'1024MB'");
    expect(mainConfig(16 * MIB, 100 * GIB).get('shared_buffers')).toBe("'16MB'");
    expect(mainConfig(1024 * GIB, 100 * GIB).get('shared_buffers')).toBe("'16384MB'");
  });

  it('lets a dead replica hold back a tenth of the disk at most', () => {
    expect(mainConfig(GIB, 100 * GIB).get('max_slot_wal_keep_size')).toBe("'10240MB'");
    expect(mainConfig(GIB, GIB).get('max_slot_wal_keep_size')).toBe("'512MB'");
  });

  it('is ready for replicas on a single node, and equal where a replica must not be smaller than its primary', () => {
    const [small, large] = [mainConfig(GIB, 20 * GIB), mainConfig(64 * GIB, 900 * GIB)];
    expect(small.get('wal_level')).toBe("'replica'");
    expect(small.get('wal_retrieve_retry_interval')).toBe("'100ms'");
    for (const name of ['max_connections', 'max_wal_senders', 'max_worker_processes', 'max_prepared_transactions', 'max_locks_per_transaction']) {
      expect(small.get(name)).toBe(large.get(name));
    }
  });

  it('includes its other files with quotes in their paths', () => {
    expect(mainConfig(GIB, GIB).get('include_if_exists')).toBe("'/m/it''s.conf'");
  });
});

describe('the upstream configuration', () => {
  it('names host, port, user, passfile and node, and never a password', () => {
    const settings = { host: '127.0.0.2', port: 5432, user: "re'pl", passfilePath: '/m/pass file', nodeName: 'pg-3f9a1c', slotName: 'pg_3f9a1c' };
    expect(conninfoOf(settings)).toContain("host='127.0.0.2' port='5432' user='re\\'pl' passfile='/m/pass file' application_name='pg-3f9a1c'");
    const text = renderUpstreamConfig(settings);
    expect(text).toContain("user=''re\\\\''pl''");
    expect(text).toContain("primary_slot_name = 'pg_3f9a1c'");
    expect(text).not.toContain('password');
  });
});

describe('the rule for commits', () => {
  it.each([
    [{ required: 0, among: [] }, ''],
    [{ required: 0, among: ['a'] }, ''],
    [{ required: 1, among: ['pg-a', 'pg-b'] }, 'ANY 1 ("pg-a","pg-b")'],
    [{ required: 2, among: ['a', 'b', 'a'] }, 'ANY 2 ("a","b")'],
    [{ required: 1, among: ['o"dd'] }, 'ANY 1 ("o""dd")'],
  ])('%j is %p', (policy, names) => {
    expect(synchronousStandbyNames(policy)).toBe(names);
  });

  it.each([
    { required: 1, among: [] },
    { required: 2, among: ['a', 'a'] },
    { required: -1, among: ['a'] },
    { required: 0.5, among: ['a'] },
  ])('%j is refused, because no commit could meet it', (policy) => {
    expect(() => synchronousStandbyNames(policy)).toThrow(NotASyncPolicy);
  });

  it('is one quoted line', () => {
    expect(renderSyncConfig({ required: 1, among: ["a'b"] })).toBe(`synchronous_standby_names = 'ANY 1 ("a''b")'\n`);
  });
});

const credentials: EngineCredentials = {
  superuser: { user: 'postgres', password: 's' },
  replication: { user: 'repl"1', password: 'a:b\\c' },
  application: { user: 'app', password: 'a', database: 'app' },
};

describe('who may connect', () => {
  const lines = renderHba(credentials, ['127.0.0.0/8'])
    .split('\n')
    .filter((line) => line.startsWith('host'));

  it('lets nobody in without SCRAM, and only from the given networks', () => {
    for (const line of lines) expect(line).toMatch(/ 127\.0\.0\.0\/8 (scram-sha-256|reject)$/);
  });
  it('keeps the replication user out of every database but the one pg_rewind needs, before others are let in', () => {
    expect(lines).toEqual([
      'host replication "repl""1" 127.0.0.0/8 scram-sha-256',
      'host postgres "repl""1" 127.0.0.0/8 scram-sha-256',
      'host all "repl""1" 127.0.0.0/8 reject',
      'host all all 127.0.0.0/8 scram-sha-256',
    ]);
  });
  it('escapes the passfile', () => {
    expect(renderPassfile(credentials.replication)).toBe('*:*:*:repl"1:a\\:b\\\\c\n');
  });
});

describe('settings made by ALTER SYSTEM', () => {
  it('stay, but for those that the driver owns', () => {
    const text = "# Do not edit\nwork_mem = '8MB'\nPrimary_Conninfo = 'host=old'\nport = '1'\nsynchronous_standby_names = ''\n";
    expect(withoutOwnedSettings(text)).toBe("# Do not edit\nwork_mem = '8MB'\n");
  });
});
