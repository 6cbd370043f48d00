import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { buildMachineImage, DockerProvider } from '@holdfast/infra/providers/docker';
import type { Machine } from '@holdfast/domain';
import Docker from 'dockerode';
import { startDockerRelay } from '../support/docker-relay.js';
import { testDocker, type TestDocker } from '../support/docker-daemon.js';
import { toolsDirectory } from '../contracts/machine.local-harness.js';
import type { ProviderHarness } from '../contracts/machine.harness.js';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export type DockerHarness = ProviderHarness & { readonly provider: DockerProvider; readonly daemon: TestDocker; readonly docker: Docker; readonly installation: string };

/** Machines at a Docker of the test's own, or at the one that runs here, as an installation of its own. */
export const dockerHarness = async (daemonOptions: { mustBeOwn?: boolean } = {}): Promise<DockerHarness> => {
  const daemon = await testDocker(daemonOptions);
  const { socketPath } = daemon;
  await buildMachineImage({ tools: toolsDirectory, socketPath, report: () => undefined });
  const installation = `t${randomBytes(4).toString('hex')}`;
  const docker = new Docker({ socketPath });
  const provider = new DockerProvider({ installation, socketPath });
  const relay = await startDockerRelay(socketPath);
  const labelled = (machineId: string) => JSON.stringify({ label: [`io.holdfast.installation=${installation}`, `io.holdfast.machine=${machineId}`] });
  const containerOf = async (machineId: string) => (await docker.listContainers({ all: true, filters: labelled(machineId) }))[0];
  return {
    provider,
    daemon,
    docker,
    installation,
    another: new DockerProvider({ installation, socketPath }),
    cuttable: { provider: new DockerProvider({ installation, socketPath: relay.socketPath }), cut: relay.cut },
    limits: { postgresql: '15', stopMs: 1_500, manyMachines: 3 },
    leaveHalfCreated: async (machineId) => {
      const Labels = { 'io.holdfast.installation': installation, 'io.holdfast.machine': machineId, 'io.holdfast.cluster': 'cluster-1', 'io.holdfast.name': 'half' };
      await docker.createVolume({ Name: `holdfast.${installation}.${machineId}`, Labels });
    },
    lives: async (machine, pid) => pidLivesIn(await initOf(docker, (await containerOf(machine.id))?.Id ?? ''), pid),
    smallDisk: (machine, path) => mountSmallDisk(docker, machine, path, async () => (await containerOf(machine.id))?.Id ?? ''),
    processesOn: async (machineId) => {
      const found = await containerOf(machineId);
      if (found?.State !== 'running') return [];
      const { Titles, Processes } = (await docker.getContainer(found.Id).top()) as { Titles: string[]; Processes: string[][] };
      return Processes.map((fields) => Number(fields[Titles.indexOf('PID')]));
    },
    remains: async (machineId) => (await containerOf(machineId)) !== undefined || ((await docker.listVolumes({ filters: labelled(machineId) })).Volumes ?? []).length > 0,
    doomed: (program) => runDoomed(program, { installation, socketPath }),
    destroy: async () => {
      relay.close();
      try {
        for (const { machineId } of await provider.list()) await provider.destroy(machineId);
      } finally {
        await daemon.stop();
      }
    },
  };
};

const initOf = async (docker: Docker, containerId: string): Promise<number> => (await docker.getContainer(containerId).inspect()).State.Pid;

/** By the container's own process table, seen from here. One that has ended and waits to be collected lives no more. */
const pidLivesIn = (init: number, pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${init}/root/proc/${pid}/stat`, 'utf8'));
  } catch (problem) {
    if (['ENOENT', 'ESRCH'].includes((problem as NodeJS.ErrnoException).code ?? '')) return false;
    throw problem;
  }
};

const mountSmallDisk = async (docker: Docker, machine: Machine, path: string, containerId: () => Promise<string>): Promise<void> => {
  const folder = `${machine.dataDirectory}/${path}`;
  const { stdout } = await machine.run({ argv: ['sh', '-c', 'mkdir "$1" && id -u', 'sh', path], timeoutMs: 10_000 });
  const Cmd = ['mount', '-t', 'tmpfs', '-o', `size=4m,mode=700,uid=${stdout.trim()}`, 'holdfast-test', folder];
  const mounting = await docker.getContainer(await containerId()).exec({ Cmd, AttachStdout: true, AttachStderr: true });
  const output = await mounting.start({});
  let said = '';
  for await (const piece of output) said += String(piece);
  const { ExitCode } = await mounting.inspect();
  if (ExitCode !== 0) throw new Error(`mount ended with ${ExitCode}: ${said}`);
};

const runDoomed = async (program: string, options: object): Promise<void> => {
  const child = startDoomed(program, options);
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (piece: Buffer) => piece.toString().includes('ready') && resolve());
    child.once('exit', () => reject(new Error('It ended before it was ready.')));
  });
  await child.end();
};

/** A process of its own with a `provider` of these options; `end` kills it, as a worker dies. */
export const startDoomed = (program: string, options: object): { readonly stdout: Readable; once(event: 'exit', listener: () => void): unknown; end(): Promise<void> } => {
  const source = `
    import { DockerProvider } from ${JSON.stringify(join(repository, 'infra/src/providers/docker/index.ts'))};
    const provider = new DockerProvider(${JSON.stringify(options)});
    ${program}
    setInterval(() => undefined, 1000);
  `;
  const argv = ['--conditions=holdfast-source', '--import', 'tsx', '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, argv, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    stdout: child.stdout,
    once: (event, listener) => child.once(event, listener),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
