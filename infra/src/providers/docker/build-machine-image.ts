import type Docker from 'dockerode';
import type { Report } from '../../toolchain/command.js';
import { exclusively } from '../debian/exclusively.js';
import { aptSettings, aptSources } from './apt-configuration.js';
import { baseImage } from './base-image.js';
import { buildImage } from './build-image.js';
import { buildWithSources } from './build-with-sources.js';
import { askDocker, connectDocker, unlessStatus } from './docker-api.js';
import { dockerfile } from './dockerfile.js';
import { readDownload } from './download.js';
import { furtherIn, furtherOf, type Further } from './further-image.js';
import { imageOf, MACHINE_IMAGE, PLAIN_IMAGE, tagImage } from './machine-image.js';
import { readPackageSources, type PackageSources } from './package-sources.js';

export interface MachineImage {
  readonly tag: string;
  readonly sizeBytes: number;
  readonly createdAt: Date;
  /** Whether this version of Holdfast makes machines from it. */
  readonly isCurrent: boolean;
  /** Names of files with further package sources that it was built with. */
  readonly sources: readonly string[];
  /** Versions of engines whose packages lie downloaded in it beside the usual ones, such as `mysql@9.7`. */
  readonly downloads: readonly string[];
}

export interface BuildOptions {
  readonly tools: string;
  readonly socketPath?: string;
  readonly report: Report;
  /** Paths of files with further package sources (deb822, `.sources`). None: an image that is there is kept, whatever it has. */
  readonly sources?: readonly string[];
  /** Versions of engines, such as `mysql@9.7`, whose packages are to lie in the image beside the usual ones. */
  readonly downloads?: readonly string[];
  /** Without further sources, also where the image that is there has some. */
  readonly plain?: boolean;
}

/** Another build, from a registry that is slow. */
const LOCK_WAIT_MS = 900_000;

/**
 * Builds the image of machines, if this Docker has not got it as it is asked for: from the official image of Debian where a registry
 * is reachable, else from a tree made by debootstrap (as root; kept under `tools`). Takes one to five minutes. May be repeated. One that
 * is there is replaced only by one that is complete; machines keep the image that they were made from.
 * Throws NotPackageSources and NotADownload before anything is done, and ToolInstallFailed with the last that apt said.
 */
export const buildMachineImage = async (options: BuildOptions): Promise<string> => {
  for (const name of options.downloads ?? []) readDownload(name);
  const sources = await Promise.all((options.sources ?? []).map(readPackageSources));
  const docker = connectDocker(options.socketPath);
  await exclusively(`image ${MACHINE_IMAGE} at ${options.socketPath ?? process.env['DOCKER_HOST'] ?? 'its usual socket'}`, LOCK_WAIT_MS, () => buildUnlessThere(docker, options, sources));
  return MACHINE_IMAGE;
};

const buildUnlessThere = async (docker: Docker, options: BuildOptions, sources: readonly PackageSources[]): Promise<void> => {
  const { downloads = [], plain = false, report } = options;
  const before = await imageOf(docker, MACHINE_IMAGE);
  const present = furtherIn(before?.labels);
  const wanted = sources.length + downloads.length > 0 ? furtherOf(sources, downloads) : undefined;
  if (before && isAsWanted(present, wanted, plain)) return report(`${MACHINE_IMAGE} is there${toldOf(present)}.`);
  if (wanted === undefined) await takePlainName(docker, options);
  else {
    await givePlainName(docker, options);
    await buildWithSources({ docker, sources, further: wanted, report });
  }
  // Nobody's, unless machines were made from it: then Docker keeps it.
  if (before && present !== undefined) await unlessStatus([404, 409], () => docker.getImage(before.id).remove());
  report(`${MACHINE_IMAGE} is built${toldOf(wanted)}.`);
};

const isAsWanted = (present: Further | undefined, wanted: Further | undefined, plain: boolean): boolean =>
  wanted === undefined ? !plain || present === undefined : present?.digest === wanted.digest;

const toldOf = (further: Further | undefined): string => (further === undefined ? '' : ` with ${[...further.sources.map(({ name }) => name), ...further.downloads].join(', ')}`);

/** What every machine has without further sources gets the usual name back, or is built under it. */
const takePlainName = async (docker: Docker, options: BuildOptions): Promise<void> => {
  const plain = await imageOf(docker, PLAIN_IMAGE);
  if (plain === undefined) return buildPlain(docker, options, MACHINE_IMAGE);
  await tagImage(docker, plain.id, MACHINE_IMAGE);
  await unlessStatus([404], () => docker.getImage(PLAIN_IMAGE).remove());
};

/** It has a name of its own as long as the usual one is another's. */
const givePlainName = async (docker: Docker, options: BuildOptions): Promise<void> => {
  const usual = await imageOf(docker, MACHINE_IMAGE);
  if (usual !== undefined && furtherIn(usual.labels) === undefined) await tagImage(docker, usual.id, PLAIN_IMAGE);
  else if ((await imageOf(docker, PLAIN_IMAGE)) === undefined) await buildPlain(docker, options, PLAIN_IMAGE);
};

const buildPlain = async (docker: Docker, { tools, report }: BuildOptions, name: string): Promise<void> => {
  const base = await baseImage(docker, tools, report);
  report(`Building ${MACHINE_IMAGE} from ${base}.`);
  await buildImage(docker, { Dockerfile: dockerfile(base), 'sources.list': await aptSources(), 'apt.conf': await aptSettings() }, { t: name });
};

/** The images of machines on this Docker, of this and of other versions of Holdfast. */
export const listMachineImages = async (socketPath?: string): Promise<readonly MachineImage[]> => {
  const docker = connectDocker(socketPath);
  const images = await askDocker(() => docker.listImages({ filters: JSON.stringify({ reference: ['holdfast-machine'] }) }));
  return images.flatMap(({ RepoTags: tags, Size, Created, Labels: labels }) => {
    const { sources = [], downloads = [] } = furtherIn(labels) ?? {};
    // The image may have further names.
    return (tags ?? []).filter((tag) => tag.startsWith('holdfast-machine:')).map((tag) => ({
      tag,
      sizeBytes: Size,
      createdAt: new Date(Created * 1000),
      isCurrent: tag === MACHINE_IMAGE,
      sources: sources.map(({ name }) => name),
      downloads,
    }));
  });
};
