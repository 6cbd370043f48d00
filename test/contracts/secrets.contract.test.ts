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

  it('keeps what somebody has brought, and replaces it, also for callers at the same time', async () => {
    const brought = 'line one\nline two äö\n';
    await secrets.put('host/a/private-key', brought);
    expect(await secrets.get('host/a/private-key')).toBe(brought);
    const values = Array.from({ length: 8 }, (_, at) => `value ${at}`);
    await Promise.all(values.map((value) => secrets.put('host/a/private-key', value)));
    expect(values).toContain(await secrets.get('host/a/private-key'));
    expect(await secrets.ensure('host/a/private-key')).toBe(await secrets.get('host/a/private-key'));
  });

  it('keeps no value in its table', async () => {
    const value = await secrets.ensure('cluster/b/superuser');
    const { rows } = await pool.query<{ dump: string }>(
      `select string_agg(s::text || encode(ciphertext, 'escape') || encode(wrapped_key, 'escape'), '') as dump from secrets.secrets s`,
    );
    expect(rows[0]?.dump).not.toContain(value.slice(0, 12));
  });

  it('opens nothing with another key', async () => {
    await secrets.ensure('cluster/c/one');
    await expect(new PostgresSecrets(pool, randomBytes(32)).get('cluster/c/one')).rejects.toThrow(/was sealed with key/);
  });

  it.each([
    ['moved to another reference', `set (wrapped_key, ciphertext) = (select wrapped_key, ciphertext from secrets.secrets where reference = 'cluster/c/other')`],
    ['given the key of another', `set wrapped_key = (select wrapped_key from secrets.secrets where reference = 'cluster/c/other')`],
    ['given out as another version', 'set version = version + 1'],
    ['changed in its value', 'set ciphertext = set_byte(ciphertext, 14, get_byte(ciphertext, 14) # 1)'],
    ['changed in its key', 'set wrapped_key = set_byte(wrapped_key, 14, get_byte(wrapped_key, 14) # 1)'],
    ['cut', 'set ciphertext = substr(ciphertext, 1, 20)'],
  ])('opens no record that was %s', async (_, change) => {
    const value = await secrets.ensure('cluster/c/other');
    const reference = `cluster/c/${randomBytes(4).toString('hex')}`;
    await secrets.ensure(reference);
    await pool.query(`update secrets.secrets ${change} where reference = $1`, [reference]);
    const failure: unknown = await secrets.get(reference).catch((error: unknown) => error);
    expect(String(failure)).toBe(`Error: The record of the secret ${reference} was changed after it was sealed, or belongs to another.`);
    await expect(secrets.ensure(reference)).rejects.toThrow('was changed');
    expect(await secrets.get('cluster/c/other')).toBe(value);
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
