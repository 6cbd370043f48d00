// Each import rule of .dependency-cruiser.cjs is shown failing on a toy tree, and the same tree without the offences passes.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const rules = createRequire(import.meta.url)(join(repository, '.dependency-cruiser.cjs')) as { forbidden: { name: string }[] };

type Tree = Readonly<Record<string, string>>;

const workspace = (name: string, exports: object): string => JSON.stringify({ name: `@holdfast/${name}`, type: 'module', exports });
const source = (file: string): object => ({ 'holdfast-source': file, default: './dist/index.js' });
const library = (name: string): Tree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, exports: './index.js' }),
  [`node_modules/${name}/index.js`]: 'export const made = 1;',
});

/** Every layer once, importing what it may. */
const CLEAN: Tree = {
  'package.json': JSON.stringify({ name: 'toy', type: 'module' }),
  ...library('pg'),
  ...library('@temporalio/workflow'),
  ...library('@temporalio/activity'),
  ...library('@jest/globals'),
  'domain/package.json': workspace('domain', { '.': source('./src/index.ts') }),
  'domain/src/index.ts': "export * from './cluster.js';",
  'domain/src/cluster.ts': 'export interface Cluster { id: string }',
  'domain/src/cluster.test.ts': "import { made } from '@jest/globals'; import type { Cluster } from './cluster.js'; export const c = [made] as unknown as Cluster;",
  'workflows/package.json': workspace('workflows', { '.': source('./src/index.ts'), './contracts': source('./src/contracts/index.ts') }),
  'workflows/src/index.ts': "export * from './add-node.workflow.js';",
  'workflows/src/contracts/index.ts': "import type { Cluster } from '@holdfast/domain'; export interface Input { cluster: Cluster }",
  'workflows/src/add-node.workflow.ts': "import { made } from '@temporalio/workflow'; import type { Input } from './contracts/index.js'; export const addNode = (i: Input) => [i, made];",
  'activities/package.json': workspace('activities', { '.': source('./src/index.ts') }),
  'activities/src/index.ts':
    "import { made } from '@temporalio/activity'; import { createHash } from 'node:crypto'; import type { Input } from '@holdfast/workflows/contracts'; import type { Cluster } from '@holdfast/domain'; export const a = (i: Input, c: Cluster) => [i, c, made, createHash];",
  'infra/package.json': workspace('infra', { './*': source('./src/*/index.ts') }),
  'infra/src/toolchain/index.ts': "import { readFileSync } from 'node:fs'; export const tool = readFileSync;",
  'infra/src/engines/postgresql/index.ts':
    "import { made } from 'pg'; import { tool } from '../../toolchain/index.js'; import type { Cluster } from '@holdfast/domain'; export const p = (c: Cluster) => [c, tool, made];",
  'infra/src/providers/local/index.ts': "import { own } from './own.js'; export const l = own;",
  'infra/src/providers/local/own.ts': 'export const own = 1;',
  'services/api/src/index.ts': "import type { Input } from '@holdfast/workflows/contracts'; import { tool } from '@holdfast/infra/toolchain'; export const s = (i: Input) => [i, tool];",
  'services/worker/src/index.ts': "import { a } from '@holdfast/activities'; import { l } from '@holdfast/infra/providers/local'; export const w = [a, l];",
  'services/dashboard/src/index.ts': "export * from './client.js';",
  'services/dashboard/src/client.ts': 'export const client = 1;',
  'test/support/truth.ts': "import { l } from '@holdfast/infra/providers/local'; import { s } from '../../services/api/src/index.js'; export const t = [l, s];",
};

/** One offence a file: which rule must catch it, where, and what it says. */
const OFFENCES: readonly (readonly [rule: string, what: string, file: string, content: string])[] = [
  ['domain-knows-no-layer', 'an adapter in domain', 'domain/src/o1.ts', "import { l } from '@holdfast/infra/providers/local'; export const o = l;"],
  ['domain-knows-no-layer', 'a layer in a test of domain', 'domain/src/o2.test.ts', "import type { Input } from '@holdfast/workflows/contracts'; export type O = Input;"],
  ['domain-is-pure', 'a Node builtin in domain', 'domain/src/o3.ts', "import { randomUUID } from 'node:crypto'; export const o = randomUUID;"],
  ['domain-is-pure', 'a Node builtin without its prefix in domain', 'domain/src/o4.ts', "import fs from 'fs'; export const o = fs;"],
  ['domain-is-pure', 'an npm package in domain', 'domain/src/o5.ts', "import { made } from 'pg'; export const o = made;"],
  ['domain-is-pure', 'the type of an npm package in domain', 'domain/src/o6.ts', "import type { made } from 'pg'; export type O = typeof made;"],
  ['workflows-know-only-domain', 'an activity in a workflow', 'workflows/src/o1.ts', "import { a } from '@holdfast/activities'; export const o = a;"],
  ['workflows-know-only-domain', 'the type of an activity in a workflow', 'workflows/src/o2.ts', "import type { a } from '@holdfast/activities'; export type O = typeof a;"],
  ['workflows-know-only-domain', 'an adapter in a workflow', 'workflows/src/o3.ts', "import { tool } from '@holdfast/infra/toolchain'; export const o = tool;"],
  ['workflows-know-only-domain', 'a service in a workflow', 'workflows/src/o4.ts', "import { s } from '../../services/api/src/index.js'; export const o = s;"],
  ['workflows-use-only-temporal', 'a Node builtin in a workflow', 'workflows/src/o5.ts', "import { join } from 'node:path'; export const o = join;"],
  ['workflows-use-only-temporal', 'another npm package in a workflow', 'workflows/src/o6.ts', "import { made } from 'pg'; export const o = made;"],
  ['workflows-use-only-temporal', "the activities' half of Temporal in a workflow", 'workflows/src/o7.ts', "import { made } from '@temporalio/activity'; export const o = made;"],
  ['activities-know-no-adapter', 'an adapter in an activity', 'activities/src/o1.ts', "import { l } from '@holdfast/infra/providers/local'; export const o = l;"],
  ['activities-know-no-adapter', 'the type of an adapter in an activity', 'activities/src/o2.ts', "import type { l } from '@holdfast/infra/providers/local'; export type O = typeof l;"],
  ['activities-know-no-adapter', 'a service in an activity', 'activities/src/o3.ts', "import { w } from '../../services/worker/src/index.js'; export const o = w;"],
  ['activities-use-only-temporal', 'a client library in an activity', 'activities/src/o4.ts', "import { made } from 'pg'; export const o = made;"],
  ['activities-use-only-temporal', 'a builtin with effects in an activity', 'activities/src/o5.ts', "import { spawn } from 'node:child_process'; export const o = spawn;"],
  ['workflows-only-through-contracts', 'a workflow body in an activity', 'activities/src/o6.ts', "import { addNode } from '@holdfast/workflows'; export const o = addNode;"],
  ['workflows-only-through-contracts', 'a deep import past contracts', 'services/api/src/o1.ts', "import { addNode } from '../../../workflows/src/add-node.workflow.js'; export const o = addNode;"],
  ['workflows-only-through-contracts', 'the type of a workflow in a service', 'services/worker/src/o1.ts', "import type { addNode } from '@holdfast/workflows'; export type O = typeof addNode;"],
  ['infra-knows-only-domain', 'a contract of workflows in infra', 'infra/src/toolchain/o1.ts', "import type { Input } from '@holdfast/workflows/contracts'; export type O = Input;"],
  ['infra-knows-only-domain', 'an activity in infra', 'infra/src/toolchain/o2.ts', "import { a } from '@holdfast/activities'; export const o = a;"],
  ['adapters-apart', 'an engine in a provider', 'infra/src/providers/local/o1.ts', "import { p } from '../../engines/postgresql/index.js'; export const o = p;"],
  ['adapters-apart', 'a provider in another provider', 'infra/src/providers/docker/o2.ts', "import { own } from '../local/own.js'; export const o = own;"],
  ['adapters-apart', 'an adapter in what adapters share', 'infra/src/toolchain/o3.ts', "import { l } from '../providers/local/index.js'; export const o = l;"],
  ['services-apart', 'a service in another service', 'services/worker/src/o2.ts', "import { s } from '../../api/src/index.js'; export const o = s;"],
  ['dashboard-knows-only-the-api', 'domain in the dashboard', 'services/dashboard/src/o1.ts', "import type { Cluster } from '@holdfast/domain'; export type O = Cluster;"],
  ['nobody-imports-tests', 'test support in a service', 'services/api/src/o2.ts', "import { t } from '../../../test/support/truth.js'; export const o = t;"],
  ['nobody-imports-tests', 'a test in its neighbour', 'domain/src/o7.ts', "import { c } from './cluster.test.js'; export const o = c;"],
  ['no-cycles', 'a cycle', 'domain/src/o8.ts', "import { o9 } from './o9.js'; export const o8 = o9;"],
  ['no-cycles', 'a cycle of types', 'domain/src/o10.ts', "import type { O11 } from './o11.js'; export interface O10 { o: O11 }"],
  ['resolvable', 'an import that leads nowhere', 'services/api/src/o3.ts', "import { o } from './not-there.js'; export const p = o;"],
];

/** The other halves of the two cycles; a cycle is reported once. */
const HALVES: Tree = {
  'domain/src/o9.ts': "import { o8 } from './o8.js'; export const o9: unknown = o8;",
  'domain/src/o11.ts': "import type { O10 } from './o10.js'; export interface O11 { o?: O10 }",
};

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const plant = (folder: string, tree: Tree): void => {
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  mkdirSync(join(folder, 'node_modules/@holdfast'), { recursive: true });
  for (const name of ['domain', 'workflows', 'activities', 'infra']) symlinkSync(join(folder, name), join(folder, 'node_modules/@holdfast', name));
};

const violationsIn = (folder: string): Violation[] => {
  const program = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const roots = ['domain', 'workflows', 'activities', 'infra', 'services', 'test'];
  const answer = spawnSync(process.execPath, [program, ...roots, '--config', join(repository, '.dependency-cruiser.cjs'), '--output-type', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  if (!answer.stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no answer: ${answer.stderr}`);
  return (JSON.parse(answer.stdout) as { summary: { violations: Violation[] } }).summary.violations;
};

describe('import rules', () => {
  let folder: string;
  let clean: Violation[];
  let offended: Violation[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'import-rules-'));
    plant(join(folder, 'clean'), CLEAN);
    plant(join(folder, 'offended'), { ...CLEAN, ...HALVES, ...Object.fromEntries(OFFENCES.map(([, , file, content]) => [file, content])) });
    clean = violationsIn(join(folder, 'clean'));
    offended = violationsIn(join(folder, 'offended'));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('let every layer import what it may', () => {
    expect(clean).toEqual([]);
  });
  it.each(OFFENCES.map(([rule, what, file]) => [rule, what, file] as const))('%s catches %s', (rule, _, file) => {
    expect(offended.filter((violation) => violation.from === file).map((violation) => violation.rule.name)).toContain(rule);
  });
  it('catch nothing else', () => {
    const files = new Set(OFFENCES.map(([, , file]) => file));
    expect(offended.filter((violation) => !files.has(violation.from))).toEqual([]);
  });
  it('are all tried here', () => {
    expect(new Set(OFFENCES.map(([rule]) => rule))).toEqual(new Set(rules.forbidden.map((rule) => rule.name)));
  });
});
