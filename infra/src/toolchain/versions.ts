import { runProgram } from './command.js';

/** Asked of a program at most once. */
const versions = new Map<string, string>();

/** The first match in what a program says of itself: `postgres (PostgreSQL) 15.18`, `HAProxy version 2.6.12-1`. */
export const askVersion = async (program: string, pattern: RegExp, option = '--version'): Promise<string> => {
  const known = versions.get(program);
  if (known !== undefined) return known;
  const { exitCode, text } = await runProgram([program, option], { timeoutMs: 60_000 });
  const version = exitCode === 0 ? pattern.exec(text)?.[1] : undefined;
  if (version === undefined) throw new Error(`${program} ${option} ended with ${exitCode}: ${text.trim()}`);
  versions.set(program, version);
  return version;
};

/** Negative when `one` is the older; versions are numbers with dots. */
export const compareVersions = (one: string, other: string): number => {
  const [a, b] = [one.split('.').map(Number), other.split('.').map(Number)];
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};
