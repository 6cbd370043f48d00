import type { MemberCheck } from '@holdfast/domain';

/** CLIENT_LONG_PASSWORD, CLIENT_PROTOCOL_41, CLIENT_TRANSACTIONS, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH. */
const CAPABILITIES = 0x0000_0001 | 0x0000_0200 | 0x0000_2000 | 0x0000_8000 | 0x0008_0000;
const PACKET_BYTES_MAX = 2 ** 24;
/** utf8mb4_general_ci, which every server of the family knows. */
const CHARACTER_SET = 45;
const RESERVED_BYTES = 23;
const QUERY = 0x03;
const QUIT = 0x01;

/** Length in three bytes, number within its exchange, content (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html). */
const packet = (number: number, content: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUIntLE(content.length, 0, 3);
  head.writeUInt8(number, 3);
  return Buffer.concat([head, content]);
};

const zeroEnded = (text: string): Buffer => Buffer.from(`${text}\0`);

/**
 * HandshakeResponse41 of an account without a password
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html): without
 * one the server's random challenge needs no answer, so the bytes are always the same.
 */
export const loginPacket = ({ account, plugin }: MemberCheck): Buffer => {
  const fixed = Buffer.alloc(4 + 4 + 1 + RESERVED_BYTES);
  fixed.writeUInt32LE(CAPABILITIES, 0);
  fixed.writeUInt32LE(PACKET_BYTES_MAX, 4);
  fixed.writeUInt8(CHARACTER_SET, 8);
  const noPassword = Buffer.from([0]);
  return packet(1, Buffer.concat([fixed, zeroEnded(account), noPassword, zeroEnded(plugin)]));
};

export const questionPacket = ({ question }: MemberCheck): Buffer => packet(0, Buffer.concat([Buffer.from([QUERY]), Buffer.from(question)]));

const quitPacket = (): Buffer => packet(0, Buffer.from([QUIT]));

/**
 * Errors that say nothing about the group: no such account, or it has a password (1045, ER_ACCESS_DENIED_ERROR), it is locked (3118, of
 * MariaDB 4151), the server lets nobody in without TLS (3159), too many connections of all (1040), of the account (1226, 1203)
 * (https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-code-reference/).
 * A server full of clients serves them; taken for dead it would lose all of them, and the next one would be filled by them.
 */
const ERRORS = [1045, 3118, 4151, 3159, 1040, 1226, 1203];
/** As in a packet: FF, the number with its lower byte first, and `#` before the state of SQL. */
const inPacket = (error: number): string => hex(Buffer.from([error & 0xff, error >> 8]));
const cannotAsk = (): string => `FF(${ERRORS.map(inPacket).join('|')})23`;
/**
 * Of an account that it does not know a server of MySQL keeps silent, and asks it to log in by another plugin (AuthSwitchRequest: number
 * 2, FE and the plugin's name, a letter first), so that nobody finds out which accounts there are.
 */
const OTHER_LOGIN = '000002FE[67]';
/** Full to the last place, it says so instead of its greeting, and there without a state. */
const FULL_AT_ONCE = '^......00FF1004';

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();

/**
 * Rules of a HAProxy backend (2.2 and later), to be followed by `check` on its servers. All is sent at once, since it depends on no
 * answer, and the goodbye with it: a server counts and logs clients that leave without one.
 */
export const renderMysqlCheck = (check: MemberCheck): string => `  option tcp-check
  # ${check.account} asks, without a password: ${check.question}
  tcp-check connect
  tcp-check send-binary ${hex(Buffer.concat([loginPacket(check), questionPacket(check), quitPacket()]))}
  # ${check.yes}, or what says nothing about the group: no such account, or no place for one more connection.
  tcp-check expect rbinary ${hex(Buffer.from(check.yes))}|${cannotAsk()}|${OTHER_LOGIN}|${FULL_AT_ONCE}
`;
