import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '@holdfast/domain';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { unprivilegedUser } from '@holdfast/infra/toolchain';
import { eventually, pidLives, type ProviderHarness } from './machine.harness.js';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const toolsDirectory = process.env['HOLDFAST_TOOLS'] ?? join(repository, '.holdfast', 'tools');

/** Local machines in a directory of their own. */
export type LocalHarness = ProviderHarness & Required<Pick<ProviderHarness, 'killSupervisor' | 'listen'>> & { readonly provider: LocalProvider };

export const localHarness = async (): Promise<LocalHarness> => {
  const rootDirectory = join(mkdtempSync(join(tmpdir(), 'holdfast-local-')), 'local');
  chmodSync(dirname(rootDirectory), 0o755);
  const runAs = unprivilegedUser();
  const options = { rootDirectory, toolsDirectory, ...(runAs ? { runAs } : {}) };
  const provider = new LocalProvider(options);
  const directoryOf = (machineId: string): string => join(rootDirectory, 'machines', machineId);
  return {
    provider,
    another: new LocalProvider(options),
    leaveHalfCreated: async (machineId) => void mkdirSync(join(directoryOf(machineId), 'services'), { recursive: true }),
    killSupervisor: async (machine: Machine, service) => {
      const pid = Number(readFileSync(join(directoryOf(machine.id), 'services', service, 'supervisor'), 'utf8').split(' ')[0]);
      process.kill(pid, 'SIGKILL');
      await eventually('the supervisor is gone', () => !pidLives(pid));
    },
    lives: async (_machine, pid) => pidLives(pid),
    smallDisk: mountSmallDisk,
    limits: { postgresql: '18', stopMs: 250, manyMachines: 12 },
    processesOn: async (machineId) => pidsUsing(directoryOf(machineId)),
    remains: async (machineId) => existsSync(directoryOf(machineId)) || existsSync(join(rootDirectory, 'quarantine', machineId)),
    doomed: (program) => runDoomed(program, options),
    listen: listenElsewhere,
    destroy: async () => {
      for (const mount of mounted.splice(0)) execFileSync('umount', [mount]);
      for (const { machineId } of await provider.list()) await provider.destroy(machineId);
      rmSync(dirname(rootDirectory), { recursive: true, force: true });
    },
  };
};

const mounted: string[] = [];

/** Needs root, as the whole suite does where machines run as another user. */
const mountSmallDisk = async (machine: Machine, path: string): Promise<void> => {
  const folder = join(machine.dataDirectory, path);
  const { stdout } = await machine.run({ argv: ['sh', '-c', 'mkdir "$1" && id -u', 'sh', path], timeoutMs: 20_000 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=4m,mode=700,uid=${stdout.trim()}`, 'holdfast-test', folder]);
  mounted.push(folder);
};

/** Looked at from outside: working directory, open files or arguments within the directory. */
const pidsUsing = (directory: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        return [...files, readlinkSync(`/proc/${pid}/cwd`), readFileSync(`/proc/${pid}/cmdline`, 'utf8')].some((text) => text.includes(directory));
      } catch {
        // It ended meanwhile.
        return false;
      }
    })
    .map(Number);

const runDoomed = async (program: string, options: object): Promise<void> => {
  const source = `
    import { LocalProvider } from ${JSON.stringify(join(repository, 'infra/src/providers/local/index.ts'))};
    const provider = new LocalProvider(${JSON.stringify(options)});
    ${program}
    setInterval(() => undefined, 1000);
  `;
  const argv = ['--conditions=holdfast-source', '--import', 'tsx', '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, argv, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const isReady = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (piece: Buffer) => piece.toString().includes('ready') && resolve());
    child.once('exit', () => reject(new Error('It ended before it was ready.')));
  });
  await isReady;
  child.kill('SIGKILL');
  await ended;
};

const listenElsewhere = async (host: string, port: number): Promise<{ pid: number; close(): Promise<void> }> => {
  const source = `require('node:net').createServer().listen(${port}, ${JSON.stringify(host)}, () => console.log('ready'))`;
  const child = spawn(process.execPath, ['--eval', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return {
    pid: child.pid ?? 0,
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
};
