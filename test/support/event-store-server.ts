import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveHome } from '@holdfast/infra/configuration';
import { EmbeddedPostgres, locatePostgres, unprivilegedUser } from '@holdfast/infra/toolchain';
import { freePort } from './free-ports.js';

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const toolsDirectory = (): string => process.env['HOLDFAST_TOOLS'] ?? resolveHome(REPOSITORY).tools;

export interface EventStoreServer {
  /** postgresql:// with the password. */
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/** A real PostgreSQL of its own, on a free port, with an empty database. */
export const startEventStoreServer = async (): Promise<EventStoreServer> => {
  const programs = locatePostgres(toolsDirectory());
  if (programs === undefined) throw new Error('PostgreSQL is not installed: run ./holdfast up once, or ./holdfast test.');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-store-'));
  chmodSync(folder, 0o755);
  const runAs = unprivilegedUser();
  const server = new EmbeddedPostgres({
    programs,
    directory: join(folder, 'event-store'),
    host: '127.0.0.1',
    port: await freePort(),
    database: 'holdfast',
    logFile: join(folder, 'log'),
    ...(runAs === undefined ? {} : { runAs }),
  });
  await server.start();
  return {
    url: server.url,
    start: async () => {
      await server.start();
    },
    kill: () => server.kill(),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
