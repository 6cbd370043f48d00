// `./holdfast bench [name …] [--runs N] [--json FILE]`: the benchmarks of test/bench, from the sources; see docs/benchmarks.md.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nodeProgram, root } from './lib/run-limited.mjs';

const options = ['--import', 'tsx', '--conditions=holdfast-source', '--disable-warning=ExperimentalWarning', '--expose-gc'];
const child = spawn(nodeProgram(), [...options, join(root, 'test/bench/main.ts'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
// The benchmarks stop their servers when they are interrupted; this process only waits for that.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
