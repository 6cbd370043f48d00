import { StringDecoder } from 'node:string_decoder';
import { CommandFailed, type Command, type CommandResult } from '@holdfast/domain';
import type { Job, MachineRunner, ShortJob } from './machine-runner.js';
import { OutputTail } from './output-tail.js';

/** As `CommandResult` says. */
const STDOUT_BYTES_MAX = 1024 * 1024;
const STDERR_BYTES_MAX = 64 * 1024;
const TAIL_CHARACTERS = 2000;

/** Runs the job and keeps the last of its output, in constant memory. Throws CommandFailed with it when the job was ended. */
export const capture = async (runner: MachineRunner, job: Job | ShortJob, tell?: Command['onOutput']): Promise<CommandResult> => {
  const tails = { stdout: new OutputTail(STDOUT_BYTES_MAX), stderr: new OutputTail(STDERR_BYTES_MAX) };
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const say = (stream: 'stdout' | 'stderr', text: string): void => {
    if (text !== '') tell?.({ stream, text });
  };
  const result = (exitCode: number): CommandResult => ({ exitCode, stdout: tails.stdout.text(), stderr: tails.stderr.text() });
  try {
    const exitCode = await runner.run({
      ...job,
      onOutput: (stream, piece) => {
        tails[stream].add(Buffer.from(piece));
        if (tell) say(stream, decoders[stream].write(Buffer.from(piece)));
      },
    });
    for (const stream of ['stdout', 'stderr'] as const) say(stream, decoders[stream].end());
    return result(exitCode);
  } catch (problem) {
    if (problem instanceof CommandFailed && typeof problem.exitCode === 'string') throw new CommandFailed(problem.machineId, job.argv, problem.exitCode, outputTail(result(0)));
    throw problem;
  }
};

export const outputTail = ({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string => (stderr.trim() === '' ? stdout : stderr).trim().slice(-TAIL_CHARACTERS);
