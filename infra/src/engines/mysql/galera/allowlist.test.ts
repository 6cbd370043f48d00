import { describe, expect, it } from '@jest/globals';
import { MARIADB } from '../mariadb.dialect.js';
import type { Row, Session } from '../session.js';
import { keepAllowlist } from './allowlist.js';

const MEMBERS = [{ name: 'b', host: '10.0.0.8' }, { name: 'a', host: '10.0.0.7' }];

class Deadlock extends Error {
  readonly code = 'ER_LOCK_DEADLOCK';
}

/** A server that has this list, and refuses so many commits, each time since another has written `theirs`. */
const sessionWith = (ips: string[], refusals = 0, theirs?: string[]): { session: Session; written: string[] } => {
  const written: string[] = [];
  let [kept, left] = [ips, refusals];
  const query = async (sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> => {
    if (sql.startsWith('SELECT')) return kept.map((ip) => ({ ip }));
    written.push([sql, ...values.map((value) => JSON.stringify(value))].join(' '));
    if (sql !== 'COMMIT') return [];
    kept = theirs ?? ['10.0.0.7', '10.0.0.8'];
    if (left-- > 0) throw new Deadlock();
    return [];
  };
  return { session: { dialect: MARIADB, nodeName: 'a', query }, written };
};

const WRITING = ['START TRANSACTION', 'INSERT IGNORE INTO mysql.wsrep_allowlist (ip) VALUES ? [["10.0.0.7"],["10.0.0.8"]]', 'DELETE FROM mysql.wsrep_allowlist WHERE ip NOT IN (?) ["10.0.0.7","10.0.0.8"]', 'COMMIT'];

describe('the list of addresses that members let in', () => {
  it('is written as a whole, and not where it is so already', async () => {
    const { session, written } = sessionWith(['10.0.0.7', '10.0.0.9']);
    await keepAllowlist(session, MEMBERS);
    expect(written).toEqual(WRITING);
    await keepAllowlist(session, MEMBERS);
    expect(written).toEqual(WRITING);
  });

  it('is looked at again where another member wrote it at the same moment', async () => {
    const same = sessionWith([], 1);
    await keepAllowlist(same.session, MEMBERS);
    expect(same.written).toEqual([...WRITING, 'ROLLBACK']);
    const other = sessionWith([], 99, ['10.0.0.9']);
    await expect(keepAllowlist(other.session, MEMBERS)).rejects.toThrow('a: its list of addresses that may join is not 10.0.0.7, 10.0.0.8');
  });

  it('is empty, which stands for everybody, where a member has a name for an address', async () => {
    const { session, written } = sessionWith(['10.0.0.7'], 0, []);
    await keepAllowlist(session, [...MEMBERS, { name: 'c', host: 'db-3.example.org' }]);
    expect(written).toEqual(['START TRANSACTION', 'DELETE FROM mysql.wsrep_allowlist', 'COMMIT']);
  });
});
