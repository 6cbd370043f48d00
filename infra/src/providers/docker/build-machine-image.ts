import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../toolchain/command.js';
import { aptSettings, aptSources } from './apt-configuration.js';
import { baseImage } from './base-image.js';
import { askDocker, connectDocker, unlessStatus } from './docker-api.js';
import { dockerfile } from './dockerfile.js';
import { follow } from './follow.js';
import { MACHINE_IMAGE } from './machine-image.js';

export interface MachineImage {
  readonly tag: string;
  readonly sizeBytes: number;
  readonly createdAt: Date;
  /** Whether this version of Holdfast makes machines from it. */
  readonly isCurrent: boolean;
}

/**
 * Builds the image of machines, if this Docker has not got it: from the official image of Debian where a registry is reachable,
 * else from a tree made by debootstrap (as root; kept under `tools`). Takes one to five minutes. May be repeated.
 */
export const buildMachineImage = async (options: { readonly tools: string; readonly socketPath?: string; readonly report: Report }): Promise<string> => {
  const docker = connectDocker(options.socketPath);
  if (await unlessStatus([404], () => docker.getImage(MACHINE_IMAGE).inspect())) {
    options.report(`${MACHINE_IMAGE} is there.`);
    return MACHINE_IMAGE;
  }
  const base = await baseImage(docker, options.tools, options.report);
  options.report(`Building ${MACHINE_IMAGE} from ${base}.`);
  const context = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
  try {
    const files = { Dockerfile: dockerfile(base), 'sources.list': await aptSources(), 'apt.conf': await aptSettings() };
    for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
    // On the host's network: what reaches the mirrors here reaches them there.
    const progress = await askDocker(() => docker.buildImage({ context, src: Object.keys(files) }, { t: MACHINE_IMAGE, networkmode: 'host', forcerm: true }));
    await follow(docker, progress);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  options.report(`${MACHINE_IMAGE} is built.`);
  return MACHINE_IMAGE;
};

/** The images of machines on this Docker, of this and of other versions of Holdfast. */
export const listMachineImages = async (socketPath?: string): Promise<readonly MachineImage[]> => {
  const docker = connectDocker(socketPath);
  const images = await askDocker(() => docker.listImages({ filters: JSON.stringify({ reference: ['holdfast-machine'] }) }));
  return images.flatMap(({ RepoTags: tags, Size, Created }) =>
    (tags ?? []).map((tag) => ({ tag, sizeBytes: Size, createdAt: new Date(Created * 1000), isCurrent: tag === MACHINE_IMAGE })),
  );
};
