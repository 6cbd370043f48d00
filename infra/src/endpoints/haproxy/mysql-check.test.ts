import { describe, expect, it } from '@jest/globals';
import type { MemberCheck } from '@holdfast/domain';
import { loginPacket, questionPacket, renderMysqlCheck } from './mysql-check.js';

const CHECK: MemberCheck = { protocol: 'mysql', account: 'asks', plugin: 'mysql_native_password', question: 'SELECT 1', yes: 'yes' };

const expected = (): RegExp => new RegExp(/expect rbinary (\S+)$/m.exec(renderMysqlCheck(CHECK))?.[1] ?? 'nothing');
const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();
/** As a server says it: number within the exchange, error, and state of SQL where it says one. */
const refusal = (number: number, error: number, state = ''): string => {
  const content = Buffer.concat([Buffer.from([0xff, error & 0xff, error >> 8]), Buffer.from(`${state}some words`)]);
  return hex(Buffer.concat([Buffer.from([content.length, 0, 0, number]), content]));
};
const GREETING = hex(Buffer.concat([Buffer.from([10]), Buffer.from('9.7.4\0'), Buffer.alloc(40, 7)]));

describe('the question to a server in the protocol of MySQL', () => {
  it('introduces itself without a password', () => {
    const bytes = loginPacket(CHECK);
    expect(bytes.readUIntLE(0, 3)).toBe(bytes.length - 4);
    expect(bytes[3]).toBe(1);
    // 4.1 protocol, its passwords, and the name of the plugin; no database, no TLS, no compression.
    expect(bytes.readUInt32LE(4)).toBe(0x8_a201);
    expect(bytes.subarray(36).toString('latin1')).toBe('asks\0\0mysql_native_password\0');
  });
  it('asks by one statement', () => {
    expect(questionPacket(CHECK).toString('latin1')).toBe('\x09\0\0\0\x03SELECT 1');
  });
  it('says all at once, with a goodbye, on lines that HAProxy takes as they are', () => {
    const lines = renderMysqlCheck(CHECK).trimEnd().split('\n');
    expect(lines.map((line) => line.trim().split(' ').slice(0, 2).join(' '))).toEqual(['option tcp-check', '# asks', 'tcp-check connect', 'tcp-check send-binary', '# yes,', 'tcp-check expect']);
    expect(lines[3]).toBe(`  tcp-check send-binary ${hex(Buffer.concat([loginPacket(CHECK), questionPacket(CHECK)]))}0100000001`);
    expect(lines[3]).toMatch(/ [0-9A-F]+$/);
  });
  it.each([
    ['yes', `${GREETING}${hex(Buffer.from('\x04\0\0\x04\x03yes'))}`],
    ['no such account', `${GREETING}${refusal(2, 1045, '#28000')}`],
    ['no such account, not told', `${GREETING}${hex(Buffer.from('\x2c\0\0\x02\xfesha256_password\0', 'latin1'))}`],
    ['an account that somebody locked', `${GREETING}${refusal(2, 3118, '#HY000')}`],
    ['one that somebody locked in MariaDB', `${GREETING}${refusal(2, 4151, '#HY000')}`],
    ['nobody without TLS', `${GREETING}${refusal(2, 3159, '#08004')}`],
    ['full, said after the login', `${GREETING}${refusal(2, 1040, '#08004')}`],
    ['full, said instead of a greeting', refusal(0, 1040)],
    ['too many connections of the account', `${GREETING}${refusal(2, 1226, '#42000')}`],
    ['too many at one time', `${GREETING}${refusal(2, 1203, '#42000')}`],
  ])('is led to: %s', (_, answer) => expect(answer).toMatch(expected()));
  it.each([
    ['nothing', ''],
    ['a greeting alone', GREETING],
    ['the end of columns and no answer', `${GREETING}${hex(Buffer.from('\x05\0\0\x02\xfe\0\0\x02\0', 'latin1'))}`],
    ['no', `${GREETING}${hex(Buffer.from('\x03\0\0\x04\x02no'))}`],
    ['a refusal of the question', `${GREETING}${refusal(1, 1047, '#08S01')}`],
    ['a server that stops', `${GREETING}${refusal(2, 1053, '#08S01')}`],
    ['an account that may not ask', `${GREETING}${refusal(1, 1142, '#42000')}`],
  ])('is not led to: %s', (_, answer) => expect(answer).not.toMatch(expected()));
});
