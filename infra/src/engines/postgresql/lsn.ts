import type { LogPosition } from '@holdfast/domain';

/** A log sequence number as PostgreSQL prints it: `16/B374D848`, two hexadecimal halves of 32 bits. */
const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** Thrown for text that is not an LSN: a position that cannot be read must never count as "far enough". */
export class NotAnLsn extends Error {
  override readonly name = 'NotAnLsn';
  constructor(readonly text: string) {
    super(`"${text.slice(0, 40)}" is not a log sequence number.`);
  }
}

/** The LSN as a byte offset in the log. 64 bits, hence BigInt. */
export const parseLsn = (text: LogPosition): bigint => {
  const match = LSN.exec(text);
  if (!match) throw new NotAnLsn(text);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
};

export const formatLsn = (offset: bigint): LogPosition => `${(offset >> 32n).toString(16).toUpperCase()}/${(offset & 0xffffffffn).toString(16).toUpperCase()}`;

/** Negative, zero or positive, as for sort. */
export const compareLsn = (a: LogPosition, b: LogPosition): number => {
  const difference = parseLsn(a) - parseLsn(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** Bytes from `behind` to `ahead`; 0 when `behind` is not behind. */
export const lagBytes = (ahead: LogPosition, behind: LogPosition): number => {
  const difference = parseLsn(ahead) - parseLsn(behind);
  return difference > 0n ? Number(difference) : 0;
};
