import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { locatePostgres } from '@holdfast/infra/toolchain';
import { toolsDirectory } from '../support/event-store-server.js';
import { temporalProgram } from '../support/temporal-server.js';

/** Where the figures come from: without it they say nothing. */
export interface MachineFacts {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  /** Other work of the machine when the benchmarks began, as the load average of the last minute. */
  readonly loadBefore: number;
  readonly node: string;
  readonly postgresql: string;
  readonly temporal: string;
  readonly haproxy: string;
}

export const machineFacts = (): MachineFacts => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
  loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  node: process.version,
  postgresql: firstLine(join(locatePostgres(toolsDirectory()) ?? '', 'postgres'), '--version'),
  temporal: firstLine(temporalProgram(), '--version'),
  haproxy: firstLine('haproxy', '-v'),
});

export const describeMachine = (facts: MachineFacts): string =>
  [
    `${facts.cores} cores (${facts.processor}), ${facts.memoryGiB} GiB, load ${facts.loadBefore} before the first run.`,
    `Node ${facts.node}; ${facts.postgresql}; ${facts.temporal}; ${facts.haproxy}.`,
    'fsync and synchronous_commit are on for every server. Clients, servers and the raw commands share these cores.',
  ].join('\n');

const firstLine = (program: string, argument: string): string => {
  try {
    return execFileSync(program, [argument], { encoding: 'utf8' }).split('\n')[0]?.trim() ?? '';
  } catch {
    return `${program} is not installed`;
  }
};
