import { MachineUnreachable } from '@holdfast/domain';
import type { TransportCommand } from '../debian/transport.js';
import type { SshTransport } from './ssh-transport.js';

const OUTPUT_CHARACTERS_MAX = 64 * 1024;

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Question {
  readonly script: string;
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly timeoutMs: number;
  /** Default root. */
  readonly as?: 'root' | 'login';
}

/** Runs our own short scripts on a host. Throws TransportFailed, and MachineUnreachable at the time limit. */
export const askHost = async (transport: SshTransport, question: Question): Promise<Answer> => {
  const said = { stdout: '', stderr: '' };
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new MachineUnreachable(`The host did not answer within ${question.timeoutMs} ms.`)), question.timeoutMs);
  const command: TransportCommand = {
    argv: ['sh', '-c', question.script, 'sh', ...(question.args ?? [])],
    stdin: input(question.stdin),
    onOutput: (stream, piece) => void (said[stream] = (said[stream] + Buffer.from(piece).toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX)),
    signal: over.signal,
  };
  try {
    const exitCode = await (question.as === 'login' ? transport.execAsUser(command) : transport.exec(command));
    return { exitCode, ...said };
  } finally {
    clearTimeout(timer);
  }
};

/** As askHost, but throws when the script failed, with what it said. */
export const tellHost = async (transport: SshTransport, what: string, question: Question): Promise<string> => {
  const { exitCode, stdout, stderr } = await askHost(transport, question);
  if (exitCode !== 0) throw new Error(`${what} failed (exit code ${exitCode}): ${`${stdout}\n${stderr}`.trim().slice(-2000)}`);
  return stdout;
};

async function* input(text: string | undefined): AsyncGenerator<Uint8Array> {
  if (text !== undefined && text !== '') yield Buffer.from(text);
}
