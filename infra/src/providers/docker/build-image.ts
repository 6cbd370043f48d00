import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { askDocker } from './docker-api.js';
import { follow } from './follow.js';

/** Builds from these files, by path; the image gets its name `t` once all steps went well. Throws ToolInstallFailed with the last that was said. */
export const buildImage = async (docker: Docker, files: Readonly<Record<string, string | Buffer>>, named: { readonly t: string; readonly labels?: { [name: string]: string } }): Promise<void> => {
  const context = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(context, path)), { recursive: true });
      await writeFile(join(context, path), content);
    }
    // On the host's network: what reaches the mirrors here reaches them there.
    const progress = await askDocker(() => docker.buildImage({ context, src: Object.keys(files) }, { networkmode: 'host', forcerm: true, ...named }));
    await follow(docker, progress);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
};
