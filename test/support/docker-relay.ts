import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DockerRelay {
  readonly socketPath: string;
  /** Every connection ends. */
  cut(): void;
  /**
   * Resolves once Docker has answered a request whose first line matches, such as /^POST \/volumes\/create/: what was asked for is
   * done, and who asked is not told. Once only.
   */
  withholdAnswer(request: RegExp): Promise<void>;
  close(): void;
}

/** Carries bytes to Docker's socket. */
export const startDockerRelay = async (target: string): Promise<DockerRelay> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-relay-'));
  const socketPath = join(folder, 'relay.sock');
  const open = new Set<Socket>();
  let awaited: { readonly request: RegExp; readonly done: () => void } | undefined;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: target, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [near, far].forEach((each) => open.delete(each) && each.destroy()));
    }
    near.on('data', (piece: Buffer) => {
      if (awaited?.request.test(piece.toString('latin1')) !== true) return;
      far.unpipe(near);
      far.once('data', awaited.done).resume();
      awaited = undefined;
    });
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const cut = (): void => open.forEach((socket) => socket.destroy());
  return {
    socketPath,
    cut,
    withholdAnswer: (request) => new Promise((done) => (awaited = { request, done })),
    close: () => {
      cut();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
