import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import type { MachineMetrics } from '@holdfast/domain';

/** Of the file system that holds the folder, and of the whole computer: local machines share them. */
export const readMetrics = async (directory: string): Promise<MachineMetrics> => {
  const [disk, memory] = await Promise.all([statfs(directory), readFile('/proc/meminfo', 'utf8')]);
  return {
    diskTotalBytes: disk.blocks * disk.bsize,
    // What root keeps for itself is not free for a server.
    diskFreeBytes: disk.bavail * disk.bsize,
    memoryTotalBytes: memoryField(memory, 'MemTotal'),
    memoryAvailableBytes: memoryField(memory, 'MemAvailable'),
    cpuCount: availableParallelism(),
    loadAverage1m: loadavg()[0] ?? 0,
  };
};

/** Lines such as `MemTotal:  24654348 kB`; the unit is 1024 bytes, see proc(5). */
const memoryField = (text: string, name: string): number => {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (kibibytes === undefined) throw new Error(`/proc/meminfo has no ${name}.`);
  return Number(kibibytes) * 1024;
};
