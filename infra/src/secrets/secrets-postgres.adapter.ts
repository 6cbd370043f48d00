import { randomInt } from 'node:crypto';
import type { Pool } from 'pg';
import { SecretNotFound, type Secrets } from '@holdfast/domain';
import { open, seal } from './envelope.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 36 characters of 62 are 214 bits. */
const LENGTH = 36;
const FIRST_VERSION = 1;

interface SecretRow {
  key_id: string;
  version: number;
  wrapped_key: Buffer;
  ciphertext: Buffer;
}

/** Secrets in the event store's database, sealed with a key that is not in it. */
export class PostgresSecrets implements Secrets {
  constructor(
    private readonly pool: Pool,
    private readonly installationKey: Buffer,
  ) {}

  async migrate(): Promise<void> {
    // The lock keeps two starting processes from making the schema at the same time.
    await this.pool.query(`
      begin;
      select pg_advisory_xact_lock(7400002);
      create schema if not exists secrets;
      create table if not exists secrets.secrets (
        reference text primary key, key_id text not null, version int not null, wrapped_key bytea not null, ciphertext bytea not null,
        created_at timestamptz not null default now());
      commit`);
  }

  async ensure(reference: string): Promise<string> {
    const known = await this.find(reference);
    if (known !== undefined) return known;
    const { keyId, version, wrappedKey, ciphertext } = seal(this.installationKey, reference, FIRST_VERSION, generate());
    await this.pool.query(
      'insert into secrets.secrets (reference, key_id, version, wrapped_key, ciphertext) values ($1, $2, $3, $4, $5) on conflict (reference) do nothing',
      [reference, keyId, version, wrappedKey, ciphertext],
    );
    // Whoever came first has set it.
    return this.get(reference);
  }

  async put(reference: string, value: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      // The version is sealed in: whoever replaces the value at the same time must wait to learn it.
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 7400003))', [reference]);
      const { rows } = await client.query<{ version: number }>('select version from secrets.secrets where reference = $1', [reference]);
      const { keyId, version, wrappedKey, ciphertext } = seal(this.installationKey, reference, (rows[0]?.version ?? 0) + 1, value);
      await client.query(
        `insert into secrets.secrets (reference, key_id, version, wrapped_key, ciphertext) values ($1, $2, $3, $4, $5)
         on conflict (reference) do update set (key_id, version, wrapped_key, ciphertext) = ($2, $3, $4, $5)`,
        [reference, keyId, version, wrappedKey, ciphertext],
      );
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }

  async get(reference: string): Promise<string> {
    const value = await this.find(reference);
    if (value === undefined) throw new SecretNotFound(reference);
    return value;
  }

  async destroy(referencePrefix: string): Promise<void> {
    await this.pool.query('delete from secrets.secrets where starts_with(reference, $1)', [referencePrefix]);
  }

  private async find(reference: string): Promise<string | undefined> {
    const { rows } = await this.pool.query<SecretRow>('select key_id, version, wrapped_key, ciphertext from secrets.secrets where reference = $1', [reference]);
    const row = rows[0];
    if (row === undefined) return undefined;
    return open(this.installationKey, reference, { keyId: row.key_id, version: row.version, wrappedKey: row.wrapped_key, ciphertext: row.ciphertext });
  }
}

const generate = (): string => Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
