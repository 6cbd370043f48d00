import { stripVTControlCharacters } from 'node:util';
import type Docker from 'dockerode';
import { ToolInstallFailed } from '../../toolchain/command.js';
import { withoutCredentials } from '../debian/without-credentials.js';

const OUTPUT_LINES = 15;

/** Until the end of a build, a pull or an import. Throws ToolInstallFailed with its last lines, without what addresses in them carry. */
export const follow = (docker: Docker, progress: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) => {
    const lines: string[] = [];
    // Docker tells a failure as one more line, and then ends well.
    let failure: string | undefined;
    const onEnd = (problem: Error | null): void => {
      const said = problem?.message ?? failure;
      if (said === undefined) resolve();
      else reject(new ToolInstallFailed(stripVTControlCharacters(withoutCredentials(`${said}\n${lines.join('')}`))));
    };
    const onStep = (step: { stream?: string; error?: string }): void => {
      failure ??= step.error;
      if (step.stream !== undefined && step.stream.trim() !== '') lines.push(step.stream);
      if (lines.length > OUTPUT_LINES) lines.shift();
    };
    docker.modem.followProgress(progress, onEnd, onStep);
  });
