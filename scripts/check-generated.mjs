// Runs every scripts/generate-*.mjs and compares what it writes with what stands here: generated files (`*.generated.*`, folders
// `generated/`) are committed, and must be what their sources say now. Differing files are put back as they were.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/run-limited.mjs';

const GENERATED = /\.generated\.[a-z.]+$|(?:^|\/)generated\//;

const snapshot = () =>
  new Map(
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      .split('\0')
      .filter((path) => GENERATED.test(path) && existsSync(join(root, path)))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );

const generators = readdirSync(join(root, 'scripts')).filter((name) => /^generate-.+\.mjs$/.test(name));
if (generators.length === 0) {
  console.error('There is no scripts/generate-*.mjs.');
  process.exit(1);
}
const before = snapshot();
for (const generator of generators) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', generator)], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${generator} ended with ${status}.`);
    process.exit(1);
  }
}
const after = snapshot();
const stale = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
for (const path of stale) {
  const old = before.get(path);
  if (old === undefined) rmSync(join(root, path));
  else writeFileSync(join(root, path), old);
}
if (after.size === 0) console.error('The generators wrote no file that would be committed.');
if (stale.length > 0) console.error(`Not what would be generated now: ${stale.join(', ')}. Run: ${generators.map((name) => `node scripts/${name}`).join(' && ')}`);
process.exit(stale.length > 0 || after.size === 0 ? 1 : 0);
