import { describe, expect, it } from '@jest/globals';
import { positionIn } from './clone.js';
import { requiredAcksOf, roleSettings, serverIdOf } from './configuration.js';
import { hasReached } from './state.js';

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
  it('refuses a rule that MariaDB cannot keep', () => {
    expect(requiredAcksOf({ required: 1, among: ['a', 'b'] })).toBe(1);
    for (const policy of [{ required: 2, among: ['a', 'b'] }, { required: 1, among: [] }, { required: -1, among: [] }, { required: 0.5, among: ['a'] }]) expect(() => requiredAcksOf(policy)).toThrow('cannot be required');
  });
});
