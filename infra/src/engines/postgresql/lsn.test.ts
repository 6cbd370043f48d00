import fc from 'fast-check';
import { compareLsn, formatLsn, lagBytes, NotAnLsn, parseLsn } from './lsn.js';

describe('a log sequence number', () => {
  it('is one 64 bit offset written in two halves', () => {
    expect(parseLsn('0/0')).toBe(0n);
    expect(parseLsn('1/0')).toBe(4_294_967_296n);
    expect(parseLsn('16/B374D848')).toBe(97_500_059_720n);
    expect(parseLsn('FFFFFFFF/FFFFFFFF')).toBe(18_446_744_073_709_551_615n);
  });

  it('survives being written and read again', () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (offset) => parseLsn(formatLsn(offset)) === offset));
  });

  it('is ordered by offset, not by text', () => {
    expect(compareLsn('9/FF', '10/0')).toBe(-1);
    expect(compareLsn('0/A000000', '0/9FFFFFF')).toBe(1);
    expect(compareLsn('0/a0', '0/A0')).toBe(0);
  });

  it('gives a lag in bytes that is never negative', () => {
    expect(lagBytes('1/10', '0/FFFFFFF0')).toBe(32);
    expect(lagBytes('0/1', '0/2')).toBe(0);
  });

  it.each(['', '0', '0/', 'x/1', '0/123456789', '0/1 ', '-1/0'])('refuses %p', (text) => {
    expect(() => parseLsn(text)).toThrow(NotAnLsn);
  });
});
