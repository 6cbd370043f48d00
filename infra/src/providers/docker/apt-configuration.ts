import { runProgram } from '../../toolchain/command.js';
import { DEBIAN_RELEASE } from './dockerfile.js';

const ASK_MS = 30_000;
const TARGETS = ['apt-get', 'indextargets', '--format', 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'] as const;

/**
 * Package sources of machines: those that this computer has of the release, so that a mirror near by is used, with backports. Empty
 * on a computer that is not Debian or has another release: then the base image's own are used.
 */
export const aptSources = async (): Promise<string> => {
  const own = [...new Set((await outputOf(TARGETS)).filter((line) => new RegExp(` ${DEBIAN_RELEASE}(-updates|-security)? main$`).test(line)))];
  const mirror = mirrorIn(own);
  return mirror === undefined ? '' : `${[...own, `deb ${mirror} ${DEBIAN_RELEASE}-backports main`].join('\n')}\n`;
};

/** The mirror of the release itself. */
export const ownMirror = async (): Promise<string | undefined> => mirrorIn(await outputOf(TARGETS));

const mirrorIn = (lines: readonly string[]): string | undefined => lines.map((line) => new RegExp(`^deb (\\S+) ${DEBIAN_RELEASE} main$`).exec(line)?.[1]).find((found) => found !== undefined);

/** How this computer reaches its mirrors: proxies, and what it thinks of their dates. */
export const aptSettings = async (): Promise<string> => {
  const lines = await outputOf(['apt-config', 'dump']);
  return `${lines.filter((line) => /^Acquire::(Check-Date|Check-Valid-Until|https?::Proxy\S*) "[^"]+";$/i.test(line)).join('\n')}\n`;
};

const outputOf = async (argv: readonly [string, ...string[]]): Promise<string[]> => {
  const { exitCode, text } = await runProgram(argv, { timeoutMs: ASK_MS });
  return exitCode === 0 ? text.split('\n') : [];
};
