import { run } from './run.js';

/** A connection that nobody answers must not hold the command's end. */
const LINGER_MS = 2_000;

// A reader that went away (`| head`) ends the command quietly.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => process.exit(problem.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), { out: process.stdout, err: process.stderr, in: process.stdin, env: process.env });
setTimeout(() => process.exit(), LINGER_MS).unref();
