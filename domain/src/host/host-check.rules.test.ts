import { judgeHost, type ExpectedMachine, type HostMeasures } from './host-check.rules.js';
import { wellMeasured } from './host.test-support.js';

const problemsOf = (changes: Partial<HostMeasures>, expected?: ExpectedMachine): readonly string[] => judgeHost({ ...wellMeasured, ...changes }, expected).map(({ code }) => code);
const detailOf = (changes: Partial<HostMeasures>): string => judgeHost({ ...wellMeasured, ...changes })[0]?.detail ?? '';

describe('a host', () => {
  it('is used when nothing is wrong with it', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ system: 'ubuntu', systemVersion: '24.04' })).toEqual([]);
  });
  it('runs Debian or Ubuntu', () => {
    expect(detailOf({ system: 'alpine', systemVersion: '3.20' })).toBe('It runs alpine 3.20; Debian or Ubuntu is needed.');
    expect(detailOf({ system: undefined })).toBe('It does not say what it is in /etc/os-release; Debian or Ubuntu is needed.');
    expect(problemsOf({ system: 'arch', systemVersion: undefined })).toEqual(['host-system-unsupported']);
  });
  it('keeps services by systemd', () => {
    expect(problemsOf({ hasSystemd: false })).toEqual(['host-without-systemd']);
  });
  it('lets its user become root without a password', () => {
    expect(problemsOf({ becomesRoot: false })).toEqual(['host-without-root']);
    expect(problemsOf({ becomesRoot: undefined })).toEqual(['host-without-root']);
  });
  it('has room', () => {
    expect(detailOf({ diskFreeBytes: 3 * 1024 ** 3 })).toBe('3.0 GiB are free under /var/lib; at least 5.0 GiB are needed.');
    expect(problemsOf({ diskFreeBytes: 5 * 1024 ** 3 })).toEqual([]);
    expect(problemsOf({ diskFreeBytes: undefined })).toEqual(['host-disk-too-small']);
  });
  it('has a clock that is right, told with the measured figure', () => {
    expect(detailOf({ clockOffsetMs: 3_600_000 })).toBe(
      'Its clock is 3600.0 s ahead (measured within 0.0 s); at most 30 s are allowed. Run a time service on it, such as systemd-timesyncd.',
    );
    expect(detailOf({ clockOffsetMs: -45_000 })).toContain('45.0 s behind');
    expect(problemsOf({ clockOffsetMs: 30_000, clockUncertaintyMs: 0 })).toEqual([]);
    expect(problemsOf({ clockOffsetMs: 31_000, clockUncertaintyMs: 2_000 })).toEqual([]);
    expect(problemsOf({ clockOffsetMs: undefined, clockUncertaintyMs: undefined })).toEqual([]);
  });
  it('is not the node of another cluster', () => {
    const marker = { machineId: 'c-shop-1-n1', clusterId: 'c-shop-1', owner: 'us' };
    expect(problemsOf({ marker })).toEqual(['host-taken']);
    expect(problemsOf({ marker }, { machineId: 'c-shop-1-n1', owner: 'us' })).toEqual([]);
    expect(problemsOf({ marker }, { machineId: 'c-shop-1-n2', owner: 'us' })).toEqual(['host-taken']);
    expect(problemsOf({ marker }, { machineId: 'c-shop-1-n1', owner: 'another control plane' })).toEqual(['host-taken']);
  });
  it('is told everything that is wrong at once', () => {
    expect(problemsOf({ becomesRoot: false, diskFreeBytes: 0, clockOffsetMs: 90_000 })).toEqual(['host-without-root', 'host-disk-too-small', 'host-clock-off']);
  });
});
