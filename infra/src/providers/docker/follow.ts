import type Docker from 'dockerode';
import { ToolInstallFailed } from '../../toolchain/command.js';

const OUTPUT_LINES = 12;

/** Until the build's end. Throws ToolInstallFailed with its last lines. */
export const follow = (docker: Docker, progress: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) => {
    const lines: string[] = [];
    const onEnd = (problem: Error | null): void => {
      if (problem) reject(new ToolInstallFailed(`${problem.message}\n${lines.join('')}`, { cause: problem }));
      else resolve();
    };
    const onStep = (step: { stream?: string; error?: string }): void => {
      lines.push(step.stream ?? step.error ?? '');
      if (lines.length > OUTPUT_LINES) lines.shift();
    };
    docker.modem.followProgress(progress, onEnd, onStep);
  });
