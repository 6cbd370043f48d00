import { join } from 'node:path';
import { hasApt, installPackage, keepServiceOff, unpackPackage } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { installFolder } from './install-folder.js';
import { locateHaproxy } from './locate.js';
import { writeStarter } from './starter.js';

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

export const unpackHaproxy = (tools: string, report: Report): Promise<void> =>
  installFolder(join(tools, 'haproxy'), join('bin', 'haproxy'), async (made, scratch) => {
    await unpackPackage('haproxy', made, join(scratch, 'apt'), report);
    const starter = await writeStarter(made, 'haproxy', 'usr/sbin/haproxy');
    const tried = await runProgram([starter, '-v'], { timeoutMs: 60_000 });
    if (tried.exitCode !== 0) throw new ToolInstallFailed(`The unpacked HAProxy does not start: ${tried.text.trim()}`);
  });
