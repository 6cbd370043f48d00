import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalProvider } from '@holdfast/infra/providers/local';
import { MachineReaper } from '@holdfast/worker';
import { REPOSITORY_ROOT } from '../support/repository-root.js';
import { TestStack } from '../support/test-stack.js';
import { leftovers, readCluster } from '../support/truth.js';

const HOUR_MS = 60 * 60_000;
/** Creates one machine and goes on creating others until it is killed. Arguments: the provider's options and a request, as JSON. */
const CREATOR = `
const [options, request] = process.argv.slice(1).map((text) => JSON.parse(text));
const { LocalProvider } = await import(process.env.PROVIDER);
const provider = new LocalProvider(options);
for (let n = 1; ; n += 1) await provider.create({ ...request, machineId: request.machineId + n });`;

/** Who makes machines is killed in the middle, and nobody goes on: as an operation whose end was recorded before its last machine came. */
describe('machines on this computer that no fact knows', () => {
  let stack: TestStack;
  let provider: LocalProvider;
  let clusterId: string;

  beforeAll(async () => {
    stack = await TestStack.start();
    provider = new LocalProvider({ rootDirectory: stack.configuration.machinesDirectory, toolsDirectory: stack.configuration.tools });
    await stack.deploy('gone', { engine: 'valkey', version: '9', mode: 'single', nodes: 1 });
    clusterId = (await readCluster(stack, 'gone')).id;
    await stack.succeeded(await stack.api.accepted('DELETE', '/clusters/gone', { confirm: 'gone' }));
  }, 240_000);
  afterAll(() => stack?.stop(), 120_000);

  const killInTheMiddle = async (): Promise<void> => {
    const request = { machineId: `${clusterId}-late`, clusterId, name: 'late', ports: [6379], cpuCount: 1, memoryBytes: 2 ** 30, diskBytes: 2 ** 30 };
    const options = { rootDirectory: stack.configuration.machinesDirectory, toolsDirectory: stack.configuration.tools };
    const PROVIDER = join(REPOSITORY_ROOT, 'infra/dist/providers/local/index.js');
    const creator = spawn(process.execPath, ['--input-type=module', '-e', CREATOR, JSON.stringify(options), JSON.stringify(request)], { env: { ...process.env, PROVIDER }, stdio: 'ignore' });
    const ended = new Promise((resolve) => creator.once('exit', resolve));
    while ((await provider.list()).length < 3) {
      if (creator.exitCode !== null) throw new Error(`The creator ended with ${creator.exitCode}.`);
      await delay(1);
    }
    creator.kill('SIGKILL');
    await ended;
  };

  const reapAfter = (ms: number): ReturnType<MachineReaper['reap']> =>
    new MachineReaper(stack.store, [provider], { now: () => new Date(Date.now() + ms) }, { info: () => undefined, warn: () => undefined }).reap(provider);

  it('are told by the doctor, set aside, and removed after their time; what is not ours stays', async () => {
    const strangers = join(stack.configuration.machinesDirectory, 'of-others');
    mkdirSync(strangers);
    // One whose making has only begun: it names no cluster yet.
    await killInTheMiddle();
    mkdirSync(join(stack.configuration.machinesDirectory, 'machines', `${clusterId}-begun`));
    const made = (await provider.list()).map(({ machineId }) => machineId).sort();
    expect(made.length).toBeGreaterThanOrEqual(3);

    const { findings } = JSON.parse((await stack.cli('doctor', '--json')).stdout) as { findings: { what: string; found: string }[] };
    for (const id of made) expect(findings.find(({ found }) => found.startsWith(`${id}: no fact knows it`))).toBeDefined();

    const idsOf = (machines: readonly { machineId: string }[]): string[] => machines.map(({ machineId }) => machineId).sort();
    expect((await reapAfter(0)).quarantined).toEqual([]);
    expect(idsOf((await reapAfter(HOUR_MS)).quarantined)).toEqual(made);
    expect(idsOf((await reapAfter(72 * HOUR_MS - HOUR_MS)).waiting)).toEqual(made);
    expect(idsOf((await reapAfter(73 * HOUR_MS)).removed)).toEqual(made);
    expect(await provider.list()).toEqual([]);
    expect(await leftovers(stack, clusterId)).toEqual({ processes: [], directories: [] });
    expect(existsSync(strangers) && readdirSync(strangers)).toEqual([]);
  }, 120_000);
});
