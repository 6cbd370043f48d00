import { setTimeout as delay } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import { MachineUnreachable } from '@holdfast/domain';
import type Docker from 'dockerode';
import { TransportFailed, type Transport, type TransportCommand } from '../debian/transport.js';
import { DockerUnavailable, askDocker, statusOf } from './docker-api.js';

/** Docker tells the end of a program some milliseconds after its output's end. */
const END_KNOWN_MS = 15_000;
const LOOK_EVERY_MS = 5;
/** Before each piece of output: one byte for the stream, three of nothing, four for the length (API "Attach to a container"). */
const HEADER_BYTES = 8;
const STDERR = 2;

/** Programs in a container by Docker's exec, as root. What they get and write goes over one connection each. */
export class DockerTransport implements Transport {
  constructor(
    private readonly docker: Docker,
    private readonly machineId: string,
    private readonly containerId: string,
  ) {}

  async exec(command: TransportCommand): Promise<number> {
    command.signal.throwIfAborted();
    try {
      return await askDocker(() => this.start(command));
    } catch (problem) {
      command.signal.throwIfAborted();
      // 404: no such container; 409: it does not run, or is paused.
      if (statusOf(problem) === 404 || statusOf(problem) === 409) throw new MachineUnreachable(`Machine ${this.machineId} does not exist or does not run.`, { cause: problem });
      if (problem instanceof DockerUnavailable) throw new TransportFailed(problem.message, { cause: problem });
      throw problem;
    }
  }

  private async start({ argv, stdin, onOutput, signal }: TransportCommand): Promise<number> {
    const exec = await this.docker.getContainer(this.containerId).exec({ Cmd: [...argv], AttachStdin: true, AttachStdout: true, AttachStderr: true });
    const connection = await exec.start({ hijack: true, stdin: true });
    const onAbort = (): void => void connection.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const input = stdin[Symbol.asyncIterator]();
    const sending = send(input, connection);
    try {
      await receive(connection, onOutput);
      return await this.exitCode(exec);
    } finally {
      signal.removeEventListener('abort', onAbort);
      connection.destroy();
      // Not waited for: the input may have no next piece for a while.
      void input.return?.();
      void sending;
    }
  }

  private async exitCode(exec: Docker.Exec): Promise<number> {
    const deadline = performance.now() + END_KNOWN_MS;
    for (;;) {
      const { Running: isRunning, ExitCode: code } = await exec.inspect();
      if (!isRunning && code !== null) return code;
      if (performance.now() > deadline) throw new TransportFailed(`The connection to a program on ${this.machineId} was cut.`);
      await delay(LOOK_EVERY_MS);
    }
  }
}

/** Failures show at the receiving side of the connection too, which is where they are told. */
const send = async (input: AsyncIterator<Uint8Array>, connection: Duplex): Promise<void> => {
  try {
    for (let next = await input.next(); next.done !== true; next = await input.next()) {
      if (connection.destroyed || !connection.writable) return;
      if (!connection.write(next.value)) await drained(connection);
    }
    connection.end();
  } catch (problem) {
    connection.destroy(problem instanceof Error ? problem : new Error('The input failed.', { cause: problem }));
  }
};

const drained = (connection: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) connection.removeListener(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) connection.once(event, done);
  });

/** Takes the two streams apart, as their pieces come: the connection is read no faster than they are taken. */
const receive = async (connection: Duplex, onOutput: TransportCommand['onOutput']): Promise<void> => {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: 'stdout' | 'stderr' = 'stdout';
  for await (const piece of connection as AsyncIterable<Buffer>) {
    let rest = piece;
    while (rest.length > 0) {
      if (left === 0) {
        const wanted = HEADER_BYTES - header.length;
        header = Buffer.concat([header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (header.length < HEADER_BYTES) break;
        stream = header[0] === STDERR ? 'stderr' : 'stdout';
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = rest.subarray(0, left);
      left -= part.length;
      rest = rest.subarray(part.length);
      const pending = onOutput(stream, part);
      if (pending) await pending;
    }
  }
};
