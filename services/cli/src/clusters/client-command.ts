import { findTraits } from '@holdfast/domain';

/** Where a client is to connect; without a password, which must not stand in a command line. */
export interface ClientTarget {
  readonly engine: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database?: string;
  /** Then the client follows redirections to the node that has the key. */
  readonly sharded?: boolean;
}

/** Programs that are named otherwise than their family's. */
const PROGRAMS: Readonly<Record<string, string>> = { mariadb: 'mariadb', valkey: 'valkey-cli', keydb: 'keydb-cli' };

/**
 * What a person types to connect with the engine's own client program, for a shell. psql and the Redis family's programs read
 * the URL; those of MySQL do not, and ask for the password.
 */
export const clientCommand = ({ engine, host, port, user, database, sharded }: ClientTarget, cluster: string): string => {
  const url = `"$(./holdfast clusters connect ${cluster})"`;
  switch (findTraits(engine)?.family) {
    case 'postgresql':
      return `psql ${url}`;
    case 'mysql':
      return `${PROGRAMS[engine] ?? 'mysql'} --host=${host} --port=${port} --user=${user} --password ${database ?? ''}`.trim();
    case 'redis':
      return `${PROGRAMS[engine] ?? 'redis-cli'}${sharded === true ? ' -c' : ''} -u ${url}`;
    case undefined:
      return `./holdfast clusters show ${cluster}`;
  }
};
