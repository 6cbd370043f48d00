import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { SecretNotFound } from '@holdfast/domain';
import { createPool } from '@holdfast/infra/event-store-postgres';
import { loadOrCreateKeyFile, PostgresSecrets } from '@holdfast/infra/secrets';
import { startEventStoreServer, type EventStoreServer } from '../support/event-store-server.js';

describe('secrets on PostgreSQL', () => {
  let server: EventStoreServer;
  let pool: Pool;
  let secrets: PostgresSecrets;
  const key = randomBytes(32);

  beforeAll(async () => {
    server = await startEventStoreServer();
    pool = createPool(server.url);
    secrets = new PostgresSecrets(pool, key);
    await Promise.all([secrets.migrate(), secrets.migrate()]);
  }, 60_000);
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  it('makes a secret once, also for callers at the same time', async () => {
    const values = await Promise.all(Array.from({ length: 10 }, () => secrets.ensure('cluster/a/superuser')));
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toMatch(/^[A-Za-z0-9]{36}$/);
    expect(await secrets.get('cluster/a/superuser')).toBe(values[0]);
    expect(await secrets.ensure('cluster/a/replication')).not.toBe(values[0]);
  });

  it('keeps no value in its table', async () => {
    const value = await secrets.ensure('cluster/b/superuser');
    const { rows } = await pool.query<{ dump: string }>(`select string_agg(s::text || encode(ciphertext, 'escape') || encode(wrapped_key, 'escape'), '') as dump from secrets.secrets s`);
    expect(rows[0]?.dump).not.toContain(value.slice(0, 12));
  });

  it('opens nothing with another key, moved to another reference, or changed', async () => {
    await secrets.ensure('cluster/c/one');
    await secrets.ensure('cluster/c/two');
    await expect(new PostgresSecrets(pool, randomBytes(32)).get('cluster/c/one')).rejects.toThrow(/was sealed with key/);
    await pool.query(`update secrets.secrets set (wrapped_key, ciphertext) = (select wrapped_key, ciphertext from secrets.secrets where reference = 'cluster/c/one') where reference = 'cluster/c/two'`);
    await expect(secrets.get('cluster/c/two')).rejects.toThrow();
    await pool.query(`update secrets.secrets set ciphertext = set_byte(ciphertext, 14, get_byte(ciphertext, 14) # 1) where reference = 'cluster/c/one'`);
    await expect(secrets.get('cluster/c/one')).rejects.toThrow();
  });

  it('destroys what a prefix names, and nothing else', async () => {
    await secrets.ensure('cluster/d/superuser');
    const kept = await secrets.ensure('cluster/dd/superuser');
    await secrets.destroy('cluster/d/');
    await secrets.destroy('cluster/d/');
    await expect(secrets.get('cluster/d/superuser')).rejects.toThrow(SecretNotFound);
    expect(await secrets.get('cluster/dd/superuser')).toBe(kept);
  });

  it('keeps its key in a file that only the owner reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
    const path = join(folder, 'keys', 'secrets.key');
    const made = loadOrCreateKeyFile(path);
    expect(loadOrCreateKeyFile(path)).toEqual(made);
    expect(statSync(path).mode & 0o777).toBe(0o400);
    chmodSync(path, 0o444);
    expect(() => loadOrCreateKeyFile(path)).toThrow(/chmod 0400/);
    rmSync(folder, { recursive: true });
  });
});
