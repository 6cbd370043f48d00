import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { askDocker, unlessStatus } from './docker-api.js';
import { dockerfile } from './dockerfile.js';

/** The image of machines has not been built on this Docker, or by another version of Holdfast. */
export class ImageMissing extends Error {
  override readonly name = 'ImageMissing';
}

const RECIPE = createHash('sha256').update(dockerfile('base')).digest('hex').slice(0, 12);

/** Another recipe is another tag: machines are made from the image that this version of Holdfast was tested with. */
export const MACHINE_IMAGE = `holdfast-machine:${RECIPE}`;
/** The same without further package sources, where one with some has its name. */
export const PLAIN_IMAGE = `holdfast-machine-plain:${RECIPE}`;
/** On its way to be one with further sources. */
export const UNFINISHED_IMAGE = `holdfast-machine-unfinished:${RECIPE}`;

export interface ImageFacts {
  /** The image itself: the name may be another image's next. */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const imageOf = async (docker: Docker, name: string): Promise<ImageFacts | undefined> => {
  const found = await unlessStatus([404], () => docker.getImage(name).inspect());
  return found && { id: found.Id, labels: found.Config.Labels ?? {} };
};

export const tagImage = async (docker: Docker, id: string, name: string): Promise<void> => {
  const [repo, tag] = name.split(':') as [string, string];
  await askDocker(() => docker.getImage(id).tag({ repo, tag }));
};

/** The image to make machines from. Throws ImageMissing. */
export const requireImage = async (docker: Docker): Promise<ImageFacts & { readonly name: string }> => {
  const found = await imageOf(docker, MACHINE_IMAGE);
  if (!found) throw new ImageMissing(`Docker has no image ${MACHINE_IMAGE} to make machines from. Run: ./holdfast images build`);
  return { ...found, name: MACHINE_IMAGE };
};
