import { describe, expect, it } from '@jest/globals';
import type { MachineListing, Provider } from '@holdfast/domain';
import { reap, type ReaperOptions } from './reaper.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const before = (ms: number): string => new Date(NOW - ms).toISOString();

const machine = (machineId: string, age: number, quarantinedFor?: number): MachineListing => ({
  machineId,
  clusterId: 'c',
  name: machineId,
  address: '127.1.0.1',
  createdAt: before(age),
  ...(quarantinedFor === undefined ? { state: 'present' } : { state: 'quarantined', quarantinedAt: before(quarantinedFor) }),
});

/** Only what the reaper may call; anything else fails the test. */
const look = async (machines: readonly MachineListing[], known: readonly string[], options: Partial<ReaperOptions> = {}, failing: readonly string[] = []) => {
  const calls: string[] = [];
  const act = (what: string) => async (machineId: string) => {
    if (failing.includes(machineId)) throw new Error(`${machineId} resists`);
    calls.push(`${what} ${machineId}`);
  };
  const provider = { list: async () => [...machines], quarantine: act('quarantine'), destroy: act('destroy') } as unknown as Provider;
  const report = await reap(provider, { knownMachineIds: async () => new Set(known), mayRemove: async () => true, clock: { now: () => new Date(NOW) }, ...options });
  const ids = (listings: readonly MachineListing[]): string[] => listings.map(({ machineId }) => machineId);
  const { failed, quarantined, removed, waiting, wanted, tooMany } = report;
  return { calls, quarantined: ids(quarantined), removed: ids(removed), waiting: ids(waiting), wanted: ids(wanted), tooMany: ids(tooMany), failed: failed.map((failure) => failure.machine.machineId) };
};

const nothing = { calls: [], quarantined: [], removed: [], waiting: [], wanted: [], tooMany: [], failed: [] };

describe('the reaper', () => {
  it('lets known machines be, however old', async () => {
    expect(await look([machine('a', 1000 * HOUR)], ['a'])).toEqual(nothing);
  });
  it('sets an unknown machine aside, and only sets it aside', async () => {
    expect(await look([machine('a', 1000 * HOUR), machine('b', HOUR)], ['b'])).toEqual({ ...nothing, calls: ['quarantine a'], quarantined: ['a'] });
  });
  it('lets a young one be: it may be in creation', async () => {
    expect(await look([machine('a', 30 * MINUTE - 1)], [])).toEqual(nothing);
    expect((await look([machine('a', 30 * MINUTE)], [])).quarantined).toEqual(['a']);
    expect((await look([machine('a', 2 * MINUTE)], [], { ageMinMs: MINUTE })).quarantined).toEqual(['a']);
  });
  it('removes it after the grace time in quarantine, not after its age', async () => {
    expect(await look([machine('a', 1000 * HOUR, 72 * HOUR - 1)], [])).toEqual({ ...nothing, waiting: ['a'] });
    expect(await look([machine('a', 1000 * HOUR, 72 * HOUR)], [])).toEqual({ ...nothing, calls: ['destroy a'], removed: ['a'] });
    expect((await look([machine('a', 5 * HOUR, 2 * HOUR)], [], { graceMs: HOUR })).removed).toEqual(['a']);
  });
  it('removes nothing while that is not allowed, and nothing whose time in quarantine is not known', async () => {
    expect(await look([machine('a', 1000 * HOUR, 100 * HOUR)], [], { mayRemove: async () => false })).toEqual({ ...nothing, waiting: ['a'] });
    const { quarantinedAt: _, ...unmarked } = machine('a', 1000 * HOUR, 100 * HOUR);
    expect(await look([unmarked], [])).toEqual({ ...nothing, waiting: ['a'] });
  });
  it('never removes what facts know, and reports it', async () => {
    expect(await look([machine('a', 1000 * HOUR, 1000 * HOUR)], ['a'])).toEqual({ ...nothing, wanted: ['a'] });
  });
  it('touches no running machine when suspiciously many are unknown', async () => {
    const many = Array.from({ length: 11 }, (_, index) => machine(`m${index}`, HOUR));
    expect(await look(many, [])).toEqual({ ...nothing, tooMany: many.map(({ machineId }) => machineId) });
    expect((await look(many.slice(0, 10), [])).quarantined).toHaveLength(10);
  });
  it('goes on with the others when one resists', async () => {
    const found = await look([machine('a', HOUR), machine('b', HOUR), machine('c', HOUR, 80 * HOUR), machine('d', HOUR, 80 * HOUR)], [], {}, ['a', 'c']);
    expect(found).toEqual({ ...nothing, calls: ['quarantine b', 'destroy d'], quarantined: ['b'], removed: ['d'], failed: ['a', 'c'] });
  });
  it('touches nothing when facts cannot be read', async () => {
    const calls: string[] = [];
    const provider = { list: async () => [machine('a', HOUR)], quarantine: async () => void calls.push('quarantine') } as unknown as Provider;
    const knownMachineIds = async (): Promise<ReadonlySet<string>> => Promise.reject(new Error('down'));
    await expect(reap(provider, { knownMachineIds, mayRemove: async () => true, clock: { now: () => new Date(NOW) } })).rejects.toThrow('down');
    expect(calls).toEqual([]);
  });
});
