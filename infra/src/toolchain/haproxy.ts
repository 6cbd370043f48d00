import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasApt, installPackage, keepServiceOff, unpackPackage } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { locateHaproxy } from './locate.js';

/** HAProxy from the system's package: installed by root, else unpacked into the tools. Nothing to do when there is one. */
export const ensureHaproxy = async (tools: string, report: Report): Promise<void> => {
  if (locateHaproxy(tools) !== undefined) return;
  if (!hasApt()) {
    throw new ToolInstallFailed("HAProxy is missing, and this machine has no apt-get. Install the package haproxy with the system's package manager, then run this again.");
  }
  if (process.getuid?.() === 0) {
    report('Installing HAProxy: apt-get install haproxy …');
    await installPackage('haproxy', report);
    await keepServiceOff('haproxy.service');
  } else {
    report('Unpacking HAProxy into the tools: apt-get download haproxy …');
    await unpackHaproxy(tools, report);
  }
  const found = locateHaproxy(tools);
  if (found === undefined) throw new ToolInstallFailed('The package haproxy was installed, but there is no program haproxy. Run: apt-get install --reinstall haproxy');
  report(`HAProxy is there: ${found}`);
};

/** Into a folder beside, tried, and only then renamed: a half unpacked one is never used. */
export const unpackHaproxy = async (tools: string, report: Report, status?: string): Promise<void> => {
  await mkdir(tools, { recursive: true });
  const work = await mkdtemp(join(tools, '.haproxy-'));
  try {
    const folder = join(work, 'haproxy');
    await unpackPackage('haproxy', folder, join(work, 'apt'), report, status);
    await mkdir(join(folder, 'bin'), { recursive: true });
    const starter = join(folder, 'bin', 'haproxy');
    await writeFile(starter, STARTER);
    await chmod(starter, 0o755);
    await chmod(folder, 0o755);
    const tried = await runProgram([starter, '-v'], { timeoutMs: 10_000 });
    if (tried.exitCode !== 0) throw new ToolInstallFailed(`The unpacked HAProxy does not start: ${tried.text.trim()}`);
    await rm(join(tools, 'haproxy'), { recursive: true, force: true });
    await rename(folder, join(tools, 'haproxy'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

/** Lets the program find the libraries that were unpacked with it. */
const STARTER = `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
for folder in "$root"/usr/lib/*-linux-* "$root"/lib/*-linux-*; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$root/usr/sbin/haproxy" "$@"
`;
