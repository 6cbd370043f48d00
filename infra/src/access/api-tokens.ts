import { EventStoreUnavailable } from '@holdfast/domain';
import type { Pool, QueryResult, QueryResultRow } from 'pg';
import { mintToken, parseToken, sameHash } from './api-token.js';
import { isDatabaseUnavailable } from './unavailable.js';

/** Who a valid token speaks for. */
export interface AuthenticatedToken {
  readonly id: string;
  /** Goes into every fact: `token:admin`. */
  readonly actor: string;
  /** The permissions it is limited to; absent: all. */
  readonly permissions?: readonly string[];
}

export interface TokenListing extends AuthenticatedToken {
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

export interface NewToken {
  readonly actor: string;
  readonly permissions?: readonly string[];
  readonly expiresAt?: Date;
}

/** Advisory lock key of this schema's creation: "hfaccess" cut to 31 bits; two processes that start at once would else collide. */
const SCHEMA_LOCK = 0x68666163;

const SCHEMA = `
  create schema if not exists access;
  create table if not exists access.api_tokens (
    id text primary key,
    actor text not null check (actor <> ''),
    hash bytea not null check (octet_length(hash) = 32),
    permissions text[],
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
  );`;

/** API tokens in the event store's PostgreSQL; of each only the SHA-256 of its secret is stored. All methods throw EventStoreUnavailable while it is away. */
export class ApiTokens {
  constructor(private readonly pool: Pool) {}

  /** Makes the table where there is none. */
  async migrate(): Promise<void> {
    const client = await this.pool.connect().catch(rethrow);
    try {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
      await client.query(SCHEMA);
      await client.query('commit');
    } catch (error) {
      // The session may hold a failed transaction: it is thrown away with it.
      client.release(true);
      return rethrow(error);
    }
    client.release();
  }

  /** The token itself is in this answer only. */
  async createToken(request: NewToken): Promise<{ id: string; token: string }> {
    const { id, token, hash } = mintToken();
    await this.query('insert into access.api_tokens (id, actor, hash, permissions, expires_at) values ($1, $2, $3, $4, $5)', [
      id,
      request.actor,
      hash,
      request.permissions ?? null,
      request.expiresAt ?? null,
    ]);
    return { id, token };
  }

  /** False when there is no such token; revoking again changes nothing. */
  async revokeToken(id: string): Promise<boolean> {
    const result = await this.query('update access.api_tokens set revoked_at = coalesce(revoked_at, now()) where id = $1', [id]);
    return result.rowCount === 1;
  }

  /** Undefined for what is no token, and for an unknown, expired or revoked one. */
  async authenticate(token: string): Promise<AuthenticatedToken | undefined> {
    const parsed = parseToken(token);
    if (parsed === undefined) return undefined;
    const result = await this.query<TokenRow & { hash: Buffer }>(
      `select id, actor, hash, permissions, created_at, expires_at, revoked_at from access.api_tokens
       where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
      [parsed.id],
    );
    const row = result.rows[0];
    if (row === undefined || !sameHash(row.hash, parsed.hash)) return undefined;
    return { id: row.id, actor: row.actor, ...(row.permissions === null ? {} : { permissions: row.permissions }) };
  }

  /** Newest first, with those that are no longer valid. */
  async listTokens(): Promise<TokenListing[]> {
    const result = await this.query<TokenRow>(
      'select id, actor, permissions, created_at, expires_at, revoked_at from access.api_tokens order by created_at desc, id limit 1000',
    );
    return result.rows.map((row) => ({
      id: row.id,
      actor: row.actor,
      ...(row.permissions === null ? {} : { permissions: row.permissions }),
      createdAt: row.created_at.toISOString(),
      ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
      ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
    }));
  }

  private async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<QueryResult<Row>> {
    return this.pool.query<Row>(text, [...values]).catch(rethrow);
  }
}

interface TokenRow {
  readonly id: string;
  readonly actor: string;
  readonly permissions: string[] | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

const rethrow = (error: unknown): never => {
  if (isDatabaseUnavailable(error)) throw new EventStoreUnavailable('The database of the API tokens cannot be reached.', { cause: error });
  throw error;
};
