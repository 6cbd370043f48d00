import { createHash } from 'node:crypto';
import type { OfferedPackage } from '../debian/offered-packages.js';
import { BRIDGE } from '../debian/software-scripts.js';
import { DEBIAN_RELEASE } from './dockerfile.js';
import type { PackageSources } from './package-sources.js';

/** What an image was asked to have beside what every one has; kept as a label of the image, without addresses. */
export interface Further {
  readonly sources: readonly { readonly name: string; readonly suites: readonly string[] }[];
  /** Such as `mysql@9.7`. */
  readonly downloads: readonly string[];
  /** Of all that the image was made from: another one is another image. */
  readonly digest: string;
}

export const FURTHER_LABEL = 'io.holdfast.further';

/**
 * Nothing is taken from another release of Debian or Ubuntu, unless a version is asked for that is only there, and rather from the
 * release after the machine's own. Others' sources keep apt's usual 500, backports their 100 (apt_preferences(5)).
 */
const PREFERENCES = [
  ['release n=*-backports', 100],
  [`release o=Debian,n=${DEBIAN_RELEASE}*`, 500],
  ['release o=Debian,n=trixie*', 90],
  ['release o=Debian', 80],
  ['release o=Ubuntu', 80],
].map(([pin, priority]) => `Package: *\nPin: ${pin}\nPin-Priority: ${priority}\n`).join('\n');

/** Descriptions in other languages are half of what further lists take. */
const SETTINGS = 'Acquire::Languages "none";\n';

/** Files under `root` are copied as they are. apt's lists are read anew; that a source cannot be had is an error here. */
const WITH_SOURCES = (base: string): string => `FROM ${base}
COPY root/ /
RUN apt-get -q -o Acquire::Retries=3 -o APT::Update::Error-Mode=any update
`;

/** Path and content of the files that the image with these sources is built from; the first image's name is `base`. */
export const furtherContext = (base: string, sources: readonly PackageSources[]): Readonly<Record<string, string | Buffer>> => ({
  Dockerfile: WITH_SOURCES(base),
  'root/etc/apt/preferences.d/holdfast': PREFERENCES,
  'root/etc/apt/apt.conf.d/92further': SETTINGS,
  ...Object.fromEntries(sources.map(({ name, text }) => [`root/etc/apt/sources.list.d/${name}`, text])),
  ...Object.fromEntries(sources.flatMap(({ keys }) => Object.entries(keys).map(([path, content]) => [`root${path}`, content]))),
});

/** Only downloaded, by what a machine will say to apt: see `dockerfile`. */
export const downloadDockerfile = (base: string, wanted: readonly OfferedPackage[]): string =>
  [`FROM ${base}`, 'ENV DEBIAN_FRONTEND=noninteractive', ...wanted.map(downloadStep)].join('\n') + '\n';

const downloadStep = ({ packageName, companions, from }: OfferedPackage): string => {
  const names = [from === undefined ? packageName : `${packageName}=${from.packageVersion}`, ...companions].join(' ');
  const suite = from === undefined ? '' : `-t ${from.suite} `;
  const script = `set -eu; suite=${from?.suite ?? '-'}\napt_get() { apt-get -q -y -o Acquire::Retries=3 --no-install-recommends --download-only install "$@"; }\n${BRIDGE}\napt_get ${suite}${names}`;
  return `RUN ${JSON.stringify(['sh', '-c', script])}`;
};

export const furtherOf = (sources: readonly PackageSources[], downloads: readonly string[]): Further => {
  const hash = createHash('sha256').update(JSON.stringify([furtherContext('base', sources), downloads, downloadDockerfile('base', [])]));
  return { sources: sources.map(({ name, suites }) => ({ name, suites })), downloads, digest: hash.digest('hex').slice(0, 12) };
};

/** From an image's labels; undefined for one that has only what every one has. */
export const furtherIn = (labels: Readonly<Record<string, string>> | null | undefined): Further | undefined => {
  const text = labels?.[FURTHER_LABEL];
  return text === undefined ? undefined : (JSON.parse(text) as Further);
};
