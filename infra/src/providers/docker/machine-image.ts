import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { unlessStatus } from './docker-api.js';
import { dockerfile } from './dockerfile.js';

/** The image of machines has not been built on this Docker, or by another version of Holdfast. */
export class ImageMissing extends Error {
  override readonly name = 'ImageMissing';
}

/** Another recipe is another tag: machines are made from the image that this version of Holdfast was tested with. */
export const MACHINE_IMAGE = `holdfast-machine:${createHash('sha256').update(dockerfile('base')).digest('hex').slice(0, 12)}`;

export const requireImage = async (docker: Docker): Promise<string> => {
  if (!(await unlessStatus([404], () => docker.getImage(MACHINE_IMAGE).inspect()))) throw new ImageMissing(`Docker has no image ${MACHINE_IMAGE} to make machines from. Run: ./holdfast images build`);
  return MACHINE_IMAGE;
};
