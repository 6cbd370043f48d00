import type { EngineTraits } from '@holdfast/domain';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  /** Absent where the engine has no named databases. */
  readonly database?: string;
}

/** `encodeURIComponent` leaves these, and a shell or a mail program may take them for its own. */
const encode = (text: string): string => encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** An IPv6 address stands in brackets (RFC 3986, section 3.2.2). */
const hostOf = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** The URL that the engine's client programs and libraries read, user and password percent-encoded. */
export const connectionUrl = ({ urlScheme }: Pick<EngineTraits, 'urlScheme'>, { host, port }: Address, { user, password, database }: Login): string =>
  `${urlScheme}://${encode(user)}:${encode(password)}@${hostOf(host)}:${port}${database === undefined ? '' : `/${encode(database)}`}`;
