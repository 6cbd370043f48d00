import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '@holdfast/domain';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { unprivilegedUser } from '@holdfast/infra/toolchain';
import { today } from '../support/rotation.js';
import { postgresqlHarness } from './engine-postgresql.harness.js';
import { postgresqlSpecifics } from './engine-postgresql.specifics.js';
import { replicatedEngineContract } from './engine.contract.js';
import type { EngineHarness } from './engine.harness.js';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const toolsDirectory = process.env['HOLDFAST_TOOLS'] ?? join(repository, '.holdfast', 'tools');

/** The newest major and the oldest that a Debian in use has, and one of the others each day. */
const ALWAYS = ['18', '15'];
const BY_ROTATION = ['17', '16', '14'];
/** Which majors to run, e.g. `14,16`, or `all`. */
const wanted = process.env['HOLDFAST_TEST_POSTGRESQL'];
const MAJORS = wanted === 'all' ? [...ALWAYS, ...BY_ROTATION] : (wanted?.split(',') ?? [...ALWAYS, BY_ROTATION[today() % BY_ROTATION.length] ?? '']);
/** Nobody packs it for this one, so what has diverged is copied. */
const WITHOUT_REWIND = ['14'];
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
  const destroy = async (): Promise<void> => {
    await Promise.all([...created].map((name) => provider.destroy(name)));
    rmSync(parent, { recursive: true, force: true });
  };
  return postgresqlHarness(version, createMachine, destroy, !WITHOUT_REWIND.includes(version));
};

const available = await localProvider(tmpdir()).softwareVersions('postgresql');
const versions = MAJORS.filter((major) => available.includes(major));

it('has a PostgreSQL to run on, in every major that was asked for by name', () => {
  expect(versions).not.toEqual([]);
  if (wanted !== undefined) expect(versions).toEqual(MAJORS);
});

for (const version of versions) {
  replicatedEngineContract(`PostgreSQL ${version}`, () => onLocalMachines(version));
  postgresqlSpecifics(`PostgreSQL ${version}`, () => onLocalMachines(version));
}
