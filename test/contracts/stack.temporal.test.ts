// Temporal's development server as a part: its state survives kill -9, and a second start is as good as the first.
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '@holdfast/infra/toolchain';
import { REPOSITORY } from '../../services/cli/src/repository.js';
import { freePorts } from '../support/free-ports.js';
import type { ProcessPart } from '../../services/cli/src/stack/process-part.js';
import { isolatedEnvironment, stackPlaces } from '../../services/cli/src/stack/stack-places.js';
import { temporalPart } from '../../services/cli/src/stack/temporal-part.js';

jest.setTimeout(120_000);

let home: string;
let part: ProcessPart;
let address: string;
let program: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-temporal-'));
  const [api, temporal, temporalUi, eventStore] = (await freePorts(4)) as [number, number, number, number];
  const places = stackPlaces(isolatedEnvironment(home, { api, temporal, temporalUi, eventStore }), REPOSITORY);
  part = temporalPart(places);
  address = `127.0.0.1:${temporal}`;
  program = join(places.tools, 'python', 'bin', 'temporal');
});
afterAll(async () => {
  await part.kill();
  rmSync(home, { recursive: true, force: true });
});

const temporal = async (...args: string[]): Promise<string> => {
  const { exitCode, text } = await runProgram([program, ...args, '--address', address], { timeoutMs: 60_000 });
  expect({ exitCode, text }).toEqual({ exitCode: 0, text });
  return text;
};

it('starts, knows what workflows are searched by, and keeps what it was told over kill -9', async () => {
  expect(await part.start()).toBe('started');
  const attributes = await temporal('operator', 'search-attribute', 'list');
  for (const name of ['HoldfastCluster', 'HoldfastOperation', 'HoldfastStep', 'HoldfastStuck']) expect(attributes).toContain(name);
  await temporal('workflow', 'start', '--type', 'waits', '--task-queue', 'none', '--workflow-id', 'kept', '--search-attribute', 'HoldfastCluster="shop"');

  await part.kill();
  expect((await part.status()).state).toBe('stopped');
  expect(await part.start()).toBe('started');
  expect(await temporal('workflow', 'describe', '--workflow-id', 'kept')).toContain('kept');
  expect(await part.stop()).toBe('stopped');
});
