import { afterAll } from '@jest/globals';
import type { Machine } from '@holdfast/domain';
import { postgresqlHarness } from '../contracts/engine-postgresql.harness.js';
import { replicatedEngineContract } from '../contracts/engine.contract.js';
import type { EngineHarness } from '../contracts/engine.harness.js';
import { dockerHarness } from './machine.docker-harness.js';

const VERSION = '15';
const MACHINE = { clusterId: 'contract', cpuCount: 1, memoryBytes: 512 * 1024 * 1024, diskBytes: 1024 ** 3 };
/** A copy begins after three commands of the machine, and takes longer than this. */
const MID_COPY_MS = 400;
const LIMIT = { timeoutMs: 20_000 };

const docker = await dockerHarness();

/** With its programs: unpacking them takes most of a busy computer's minute. */
const makeMachine = async (machineId: string): Promise<Machine> => {
  const machine = await docker.provider.create({ ...MACHINE, machineId, name: machineId, ports: [] });
  await machine.ensureSoftware('postgresql', VERSION);
  return machine;
};
const ready = await Promise.all(['ready-1', 'ready-2', 'ready-3', 'ready-4'].map(makeMachine));
afterAll(async () => docker.destroy(), 120_000);

/** The server's main process and its children, which are in sessions of their own; by the machine itself, which numbers them its own way. */
const signalServer = async (machine: Machine, signal: 'STOP' | 'CONT'): Promise<void> => {
  const main = (await machine.readFile('pgdata/postmaster.pid')).split('\n')[0] ?? '';
  await machine.run({ argv: ['sh', '-c', 'kill -s "$1" "$2" $(ps -o pid= --ppid "$2")', 'sh', signal, main], ...LIMIT });
};

/** Servers of Debian's packages, on machines that are containers with systemd. */
const onDockerMachines = async (): Promise<EngineHarness> => {
  const createMachine = async (name: string): Promise<Machine> => ready.pop() ?? makeMachine(name);
  // They go with their Docker.
  const destroy = async (): Promise<void> => undefined;
  return {
    ...postgresqlHarness(VERSION, createMachine, destroy),
    midCopyMs: MID_COPY_MS,
    freeze: async ({ machine }) => {
      await signalServer(machine, 'STOP');
      return () => signalServer(machine, 'CONT');
    },
  };
};

replicatedEngineContract(`PostgreSQL ${VERSION} on Docker`, onDockerMachines);
