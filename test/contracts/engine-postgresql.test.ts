import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '@holdfast/domain';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { unprivilegedUser } from '@holdfast/infra/toolchain';
import { postgresqlHarness } from './engine-postgresql.harness.js';
import { postgresqlSpecifics } from './engine-postgresql.specifics.js';
import { replicatedEngineContract } from './engine.contract.js';
import type { EngineHarness } from './engine.harness.js';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const toolsDirectory = process.env['HOLDFAST_TOOLS'] ?? join(repository, '.holdfast', 'tools');

/** The newest major and the oldest that a Debian in use has: what changed in between is told by these two. */
const MAJORS = [18, 15];
const MACHINE = { clusterId: 'contract', cpuCount: 1, memoryBytes: 64 * 1024 * 1024, diskBytes: 1024 ** 3 };

const localProvider = (rootDirectory: string): LocalProvider => {
  const runAs = unprivilegedUser();
  return new LocalProvider({ rootDirectory, toolsDirectory, ...(runAs ? { runAs } : {}) });
};

/** Servers on machines of the local provider, in a directory of their own. */
const onLocalMachines = async (version: string): Promise<EngineHarness> => {
  const parent = mkdtempSync(join(tmpdir(), 'holdfast-engine-'));
  chmodSync(parent, 0o755);
  const provider = localProvider(join(parent, 'local'));
  const created = new Set<string>();
  const createMachine = (name: string, port: number): Promise<Machine> => {
    created.add(name);
    return provider.create({ ...MACHINE, machineId: name, name, ports: [port] });
  };
  return postgresqlHarness(version, createMachine, async () => {
    await Promise.all([...created].map((name) => provider.destroy(name)));
    rmSync(parent, { recursive: true, force: true });
  });
};

const available = (await (localProvider(tmpdir())).softwareVersions('postgresql')).map((version) => Number.parseInt(version, 10));
const versions = MAJORS.filter((major) => available.includes(major)).map(String);

it('has a PostgreSQL to run on', () => {
  expect(versions).not.toEqual([]);
});

for (const version of versions) {
  replicatedEngineContract(`PostgreSQL ${version}`, () => onLocalMachines(version));
  postgresqlSpecifics(`PostgreSQL ${version}`, () => onLocalMachines(version));
}
