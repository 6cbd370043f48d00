import { describe, expect, it } from '@jest/globals';
import type { EngineCredentials } from '@holdfast/domain';
import { cachingSha2 } from './caching-sha2.js';
import { serverIdOf } from './configuration.js';
import { missingIn } from './gtid-set.js';
import { MARIADB } from './mariadb.dialect.js';
import { positionIn } from './mariadb-copy.js';
import { MYSQL } from './mysql.dialect.js';

const { hasReached, roleSettings } = MARIADB;

describe('positions in the log', () => {
  it('are reached in every domain, by number', () => {
    expect(hasReached('0-2-10', '0-1-9')).toBe(true);
    expect(hasReached('0-2-10', '0-2-10')).toBe(true);
    expect(hasReached('0-2-9', '0-2-10')).toBe(false);
    expect(hasReached('0-2-10', '0-2-10,1-3-1')).toBe(false);
    expect(hasReached('0-2-10,1-3-2', '0-2-10,1-3-1')).toBe(true);
    expect(hasReached('', '')).toBe(true);
    expect(hasReached('', '0-1-1')).toBe(false);
  });
  it('are read from what a copy says of itself', () => {
    expect(positionIn('binlog.000002\t344\t0-1-5\n')).toBe('0-1-5');
    expect(positionIn('binlog.000001\t330\n')).toBe('');
    expect(() => positionIn('')).toThrow('does not say');
  });
});

describe('the configuration', () => {
  it('lets only a primary write, and wait for replicas', () => {
    for (const role of ['replica', 'fenced'] as const) expect(Object.fromEntries(roleSettings({ role, requiredAcks: 1 }))).toEqual({ read_only: '1', rpl_semi_sync_master_enabled: '0' });
    expect(Object.fromEntries(roleSettings({ role: 'primary', requiredAcks: 1 }))).toEqual({ read_only: '0', rpl_semi_sync_master_enabled: '1' });
  });
  it('gives every node an identifier of its own that stays', () => {
    expect(serverIdOf('ma-000001')).toBe(serverIdOf('ma-000001'));
    expect(serverIdOf('ma-000001')).not.toBe(serverIdOf('ma-000002'));
  });
  it('closes a MySQL server to everybody who is not its primary, and counts those who acknowledge', () => {
    for (const role of ['replica', 'fenced'] as const) expect(Object.fromEntries(MYSQL.roleSettings({ role, requiredAcks: 2 }))).toMatchObject({ super_read_only: '1', rpl_semi_sync_source_enabled: '0' });
    expect(Object.fromEntries(MYSQL.roleSettings({ role: 'primary', requiredAcks: 2 }))).toEqual({ read_only: '0', rpl_semi_sync_source_enabled: '1', rpl_semi_sync_source_wait_for_replica_count: '2' });
    expect(Object.fromEntries(MYSQL.roleSettings({ role: 'primary', requiredAcks: 0 }))).toEqual({ read_only: '0', rpl_semi_sync_source_enabled: '0', rpl_semi_sync_source_wait_for_replica_count: '1' });
  });
  it('lets MySQL wait for as many replicas as there are', () => {
    expect(MYSQL.requiredAcksOf({ required: 2, among: ['a', 'b'] })).toBe(2);
    for (const policy of [{ required: 3, among: ['a', 'b'] }, { required: -1, among: [] }, { required: 0.5, among: ['a'] }]) expect(() => MYSQL.requiredAcksOf(policy)).toThrow('cannot be required');
  });
  it('refuses a rule that MariaDB cannot keep', () => {
    expect(MARIADB.requiredAcksOf({ required: 1, among: ['a', 'b'] })).toBe(1);
    for (const policy of [{ required: 2, among: ['a', 'b'] }, { required: 1, among: [] }, { required: -1, among: [] }, { required: 0.5, among: ['a'] }]) expect(() => MARIADB.requiredAcksOf(policy)).toThrow('cannot be required');
  });
});

describe('sets of transactions', () => {
  const [one, other] = ['3e11fa47-71ca-11e1-9e33-c80aa9429562', '4e11fa47-71ca-11e1-9e33-c80aa9429562'];
  it('lack what is not in any of their runs', () => {
    expect(missingIn(`${one}:1-10`, `${one}:3-7`)).toBeUndefined();
    expect(missingIn(`${one}:1-5:7-10`, `${one}:1-10`)).toBe(`${one}:6`);
    expect(missingIn(`${one}:1-5:7-8`, `${one}:2-12`)).toBe(`${one}:6,${one}:9-12`);
    expect(missingIn(`${one}:4`, `${one}:1-9`)).toBe(`${one}:1-3,${one}:5-9`);
    expect(missingIn('', '')).toBeUndefined();
    expect(missingIn(`${one}:1`, '')).toBeUndefined();
    expect(missingIn('', `${one}:1`)).toBe(`${one}:1`);
  });
  it('are compared for each server and each tag, however they are broken into lines', () => {
    expect(missingIn(`${one}:1-5,\n${other}:1-3`, `${one}:1-5,${other}:1-4`)).toBe(`${other}:4`);
    expect(missingIn(`${one.toUpperCase()}:1-5`, `${one}:5`)).toBeUndefined();
    expect(missingIn(`${one}:1-5:tag:1-2`, `${one}:1-5:tag:1-3`)).toBe(`${one}:tag:3`);
  });
});

describe("MySQL's passwords", () => {
  const credentials = { replication: { user: 'r', password: 'secret' } } as EngineCredentials;
  // Made by a server, MySQL 9.7.4: CREATE USER … IDENTIFIED BY, with caching_sha2_password_digest_rounds=5000.
  it('are kept as the server keeps them', () => {
    const salt = Buffer.from('0e403a1276450a6a4c012c57125e5a3104190631', 'hex').toString('latin1');
    expect(cachingSha2('every printable password!', salt)).toBe(`$A$005$${salt}DlvNI.f0OJaAcdLIPT6galeBWEt/l39SiQsgVFvWAy8`);
  });
  it('are the same whenever they are asked for, and of each account and cluster another', () => {
    const login = { user: 'app', password: 'a' };
    const kept = MYSQL.identifiedBy(login, credentials);
    expect(MYSQL.identifiedBy(login, credentials)).toBe(kept);
    const others = [MYSQL.identifiedBy({ ...login, user: 'b' }, credentials), MYSQL.identifiedBy(login, { replication: { user: 'r', password: 'other' } } as EngineCredentials)];
    expect(new Set([kept, ...others]).size).toBe(3);
    expect(MYSQL.isIdentifiedBy('', login, credentials)).toBe(false);
  });
});
