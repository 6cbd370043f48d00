export { buildMachineImage, listMachineImages, type BuildOptions, type MachineImage } from './build-machine-image.js';
export { DockerUnavailable } from './docker-api.js';
export { DockerProvider, type DockerProviderOptions } from './docker-provider.adapter.js';
export { NotADownload } from './download.js';
export { ImageMissing, MACHINE_IMAGE } from './machine-image.js';
export { NotPackageSources } from './package-sources.js';
