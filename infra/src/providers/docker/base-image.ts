import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { runWithRetries, ToolInstallFailed, type Report } from '../../toolchain/command.js';
import { findProgram } from '../../toolchain/locate.js';
import { ownMirror } from './apt-configuration.js';
import { askDocker, unlessStatus } from './docker-api.js';
import { DEBIAN_RELEASE } from './dockerfile.js';
import { follow } from './follow.js';

const OFFICIAL = `debian:${DEBIAN_RELEASE}`;
const IMPORTED = `holdfast-debian:${DEBIAN_RELEASE}`;
const PULL_MS = 180_000;
const DEBOOTSTRAP_MS = 600_000;

/** An image of Debian to build on: the official one, or one made here. */
export const baseImage = async (docker: Docker, tools: string, report: Report): Promise<string> => {
  for (const known of [OFFICIAL, IMPORTED]) if (await unlessStatus([404], () => docker.getImage(known).inspect())) return known;
  try {
    report(`Fetching ${OFFICIAL}.`);
    await askDocker(async () => follow(docker, await docker.pull(OFFICIAL, { abortSignal: AbortSignal.timeout(PULL_MS) })));
    return OFFICIAL;
  } catch (problem) {
    report(`${OFFICIAL} cannot be fetched (${(problem as Error).message.split('\n')[0]}): a tree of Debian is made by debootstrap instead.`);
  }
  await importTree(docker, await debianTree(tools, report));
  return IMPORTED;
};

/** The smallest Debian as a folder, from this computer's own mirror. Throws ToolInstallFailed with what to do. */
export const debianTree = async (tools: string, report: Report): Promise<string> => {
  const tree = join(tools, 'debian', DEBIAN_RELEASE);
  if (existsSync(tree)) return tree;
  const mirror = await ownMirror();
  if (process.getuid?.() !== 0 || findProgram('debootstrap') === undefined || mirror === undefined) {
    throw new ToolInstallFailed(`Docker reaches no registry, and a tree of Debian needs root, debootstrap (apt-get install debootstrap) and a mirror of ${DEBIAN_RELEASE} in this computer's apt. Or bring the image: docker load -i FILE, with ${OFFICIAL} in it.`);
  }
  const unfinished = `${tree}.unfinished`;
  await mkdir(join(tools, 'debian'), { recursive: true });
  report(`Making a tree of Debian ${DEBIAN_RELEASE} (one or two minutes).`);
  // Each try begins with an empty folder.
  const script = 'rm -rf -- "$1" && exec debootstrap --variant=minbase "$2" "$1" "$3"';
  await runWithRetries(['sh', '-c', script, 'sh', unfinished, DEBIAN_RELEASE, mirror], { timeoutMs: DEBOOTSTRAP_MS }, report);
  await rename(unfinished, tree);
  return tree;
};

const importTree = async (docker: Docker, tree: string): Promise<void> => {
  const tar = spawn('tar', ['-C', tree, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => tar.once('error', reject).once('close', resolve));
  const [repo, tag] = IMPORTED.split(':') as [string, string];
  const progress = await askDocker(() => docker.importImage(tar.stdout, { repo, tag }));
  await follow(docker, progress);
  if ((await ended) !== 0) throw new ToolInstallFailed(`tar of ${tree} failed.`);
};
