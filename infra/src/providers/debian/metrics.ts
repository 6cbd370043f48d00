import { CommandFailed, type MachineMetrics } from '@holdfast/domain';
import { capture } from './capture.js';
import { DATA_DIRECTORY } from './debian-place.js';
import type { MachineRunner } from './machine-runner.js';

const ASK_MS = 30_000;

/**
 * Six numbers, one a line. A container sees the memory and the processors of its host in /proc: the limits of its control group
 * are looked at as well (cgroup v2 and v1), from its own point of view and from the host's.
 */
const SCRIPT = `
lowest() { for file in "$@"; do [ -r "$file" ] && { cat "$file"; return; }; done; echo max; }
of() { sed -n "s/^[0-9]*:$1:\\(.*\\)/\\1/p" /proc/1/cgroup | sed 's|/init.scope$||'; }
g=/sys/fs/cgroup v2=$(of '') memory=$(of memory) cpu=$(of '[^:]*cpu,*[^:]*' | head -n 1)
df -B1 --output=size,avail ${DATA_DIRECTORY} | tail -n 1 | tr -s ' ' '\\n' | sed '/^$/d'
awk '/^MemTotal|^MemAvailable/ { print $2 * 1024 }' /proc/meminfo
lowest $g/memory$memory/memory.limit_in_bytes $g$v2/memory.max $g/memory/memory.limit_in_bytes
lowest $g/memory$memory/memory.usage_in_bytes $g$v2/memory.current $g/memory/memory.usage_in_bytes
stat=$(ls $g/memory$memory/memory.stat $g$v2/memory.stat 2> /dev/null | head -n 1)
awk '/^(total_)?inactive_file / { sum = $2 } END { print sum + 0 }' "\${stat:-/dev/null}"
nproc
quota=$(lowest $g/cpu$cpu/cpu.cfs_quota_us $g$v2/cpu.max)
period=$(lowest $g/cpu$cpu/cpu.cfs_period_us)
echo "$quota $period"
cut -d ' ' -f 1 /proc/loadavg
`;

/** How the machine is. */
export const readDebianMetrics = async (runner: MachineRunner): Promise<MachineMetrics> => {
  const argv = ['sh', '-c', SCRIPT] as const;
  const { exitCode, stdout, stderr } = await capture(runner, { argv: [...argv], as: 'account', isShort: true, timeoutMs: ASK_MS });
  const lines = stdout.trim().split('\n');
  if (exitCode !== 0 || lines.length !== 10) throw new CommandFailed(runner.machineId, ['metrics'], exitCode, stderr || stdout);
  return metricsFrom(lines);
};

export const metricsFrom = (lines: readonly string[]): MachineMetrics => {
  const number = (at: number): number => Number(lines[at]);
  const [total, limit] = [number(2), limitOf(lines[4])];
  const memoryTotalBytes = Math.min(total, limit);
  const underLimit = limit < total ? limit - number(5) + number(6) : Number.POSITIVE_INFINITY;
  const [quota = 'max', period = 'max'] = (lines[8] ?? '').split(' ');
  const allowed = Number(quota) > 0 && Number(period) > 0 ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY;
  return {
    diskTotalBytes: number(0),
    diskFreeBytes: number(1),
    memoryTotalBytes,
    memoryAvailableBytes: Math.max(0, Math.min(number(3), underLimit, memoryTotalBytes)),
    cpuCount: Math.max(1, Math.min(number(7), Math.ceil(allowed))),
    loadAverage1m: number(9),
  };
};

const limitOf = (text: string | undefined): number => (text === undefined || text === 'max' ? Number.POSITIVE_INFINITY : Number(text));
