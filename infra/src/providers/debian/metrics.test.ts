import { describe, expect, it } from '@jest/globals';
import { metricsFrom } from './metrics.js';

const GIB = 1024 ** 3;
const lines = (limit: string, usage: string, quota: string) => ['100', '40', String(16 * GIB), String(8 * GIB), limit, usage, '1000', '4', quota, '0.5'];

describe('metrics of a Debian machine', () => {
  it('are its own where nothing limits it', () => {
    expect(metricsFrom(lines('max', 'max', 'max max'))).toEqual({ diskTotalBytes: 100, diskFreeBytes: 40, memoryTotalBytes: 16 * GIB, memoryAvailableBytes: 8 * GIB, cpuCount: 4, loadAverage1m: 0.5 });
    // Control groups of version 1 have no word for no limit.
    expect(metricsFrom(lines('9223372036854771712', '5', '-1 100000')).memoryTotalBytes).toBe(16 * GIB);
  });
  it('are those of its limits in a container, in both versions of control groups', () => {
    const limited = { memoryTotalBytes: GIB, memoryAvailableBytes: GIB - 5000 + 1000, cpuCount: 2 };
    expect(metricsFrom(lines(String(GIB), '5000', '150000 100000'))).toMatchObject(limited);
    expect(metricsFrom(lines(String(GIB), '5000', '150000 100000 max'))).toMatchObject(limited);
  });
  it('never tell less than nothing', () => {
    expect(metricsFrom(lines('5000', '900000', '1000 100000'))).toMatchObject({ memoryAvailableBytes: 0, cpuCount: 1 });
  });
});
