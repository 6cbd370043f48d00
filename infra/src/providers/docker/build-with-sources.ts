import type Docker from 'dockerode';
import { ToolInstallFailed, type Report } from '../../toolchain/command.js';
import { ASK_APT, offeredPackages, type OfferedPackage } from '../debian/offered-packages.js';
import { SOFTWARE_TABLE } from '../debian/software-table.js';
import { buildImage } from './build-image.js';
import { unlessStatus } from './docker-api.js';
import { readDownload } from './download.js';
import { runErrand } from './errand.js';
import { downloadDockerfile, FURTHER_LABEL, furtherContext, type Further } from './further-image.js';
import { MACHINE_IMAGE, PLAIN_IMAGE, UNFINISHED_IMAGE } from './machine-image.js';
import type { PackageSources } from './package-sources.js';

/** Of the containers that look into an image. */
const NO_INSTALLATION = 'images';

/** On top of the plain image, which has its own name: its sources, then the packages that lie downloaded in it. Takes its name once all is well. */
export const buildWithSources = async (options: {
  readonly docker: Docker;
  readonly sources: readonly PackageSources[];
  readonly further: Further;
  readonly report: Report;
}): Promise<void> => {
  const { docker, sources, further, report } = options;
  report(`Building ${MACHINE_IMAGE} with ${[...sources.map(({ name }) => name), ...further.downloads].join(', ')}.`);
  try {
    await buildImage(docker, furtherContext(PLAIN_IMAGE, sources), { t: UNFINISHED_IMAGE });
    const [usual, offered] = [await policyIn(docker, PLAIN_IMAGE), await policyIn(docker, UNFINISHED_IMAGE)];
    report(`Its sources offer beside the usual: ${newIn(usual, offered).join(', ') || 'no version of an engine'}.`);
    const wanted = further.downloads.map((name) => requireOffered(name, offered));
    await buildImage(docker, { Dockerfile: downloadDockerfile(UNFINISHED_IMAGE, wanted) }, { t: MACHINE_IMAGE, labels: { [FURTHER_LABEL]: JSON.stringify(further) } });
  } finally {
    await unlessStatus([404, 409], () => docker.getImage(UNFINISHED_IMAGE).remove());
  }
};

const policyIn = (docker: Docker, image: string): Promise<string> => runErrand(docker, NO_INSTALLATION, { image, argv: ['sh', '-c', ASK_APT] });

const newIn = (usual: string, offered: string): readonly string[] =>
  SOFTWARE_TABLE.flatMap((entry) => {
    const known = new Set(offeredPackages(entry, usual).map(({ version }) => version));
    return offeredPackages(entry, offered).filter(({ version }) => !known.has(version)).map(({ version }) => `${entry.software}@${version}`);
  });

const requireOffered = (name: string, policy: string): OfferedPackage => {
  const { entry, version } = readDownload(name);
  const offered = offeredPackages(entry, policy);
  const found = offered.find((one) => one.version === version);
  if (!found) throw new ToolInstallFailed(`These sources do not have ${name}. They have of ${entry.software}: ${offered.map((one) => one.version).join(', ') || 'none'}.`);
  return found;
};
