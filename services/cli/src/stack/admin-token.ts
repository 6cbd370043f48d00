import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ApiTokens } from '@holdfast/infra/access';
import { readConfiguration } from '@holdfast/infra/configuration';
import { createPool } from '@holdfast/infra/event-store-postgres';
import type { StackPlaces } from './stack-places.js';

/** Goes into every fact that the command line's commands lead to. */
const ADMIN_ACTOR = 'token:admin';

/**
 * The first administrator's token, in a file that only its owner reads. One that the API still knows is left alone; else a new
 * one is made. Only its hash is in the database.
 */
export const ensureAdminToken = async ({ env, repository }: StackPlaces): Promise<'kept' | 'made'> => {
  // Read again: the event store's password may be younger than this process.
  const { tokenFile, eventStoreUrl } = readConfiguration(env, repository);
  const pool = createPool(eventStoreUrl, 1);
  try {
    const tokens = new ApiTokens(pool);
    await tokens.migrate();
    if (existsSync(tokenFile) && (await tokens.authenticate(readFileSync(tokenFile, 'utf8').trim())) !== undefined) return 'kept';
    const { token } = await tokens.createToken({ actor: ADMIN_ACTOR });
    writeSecretFile(tokenFile, `${token}\n`);
    return 'made';
  } finally {
    await pool.end();
  }
};

/** Never readable for others, not even for a moment, and never half written. */
const writeSecretFile = (file: string, content: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.new`;
  writeFileSync(fresh, content, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
};
