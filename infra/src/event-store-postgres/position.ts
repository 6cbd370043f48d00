import type { Position } from '@holdfast/domain';
import { POSITION_START } from '@holdfast/domain';

/** The writing transaction and the row: together the place in the global order. */
export interface RowPosition {
  readonly tx: bigint;
  readonly row: bigint;
}

/** Sixteen hexadecimal digits hold any 64-bit number, so that text sorts as the numbers do. */
const DIGITS = 16;

export const encodePosition = ({ tx, row }: RowPosition): Position => `${hex(tx)}-${hex(row)}`;

/** Throws RangeError for text that is no position of this store. */
export const decodePosition = (position: Position): RowPosition => {
  if (position === POSITION_START) return { tx: 0n, row: 0n };
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})$/.exec(position);
  if (match === null) throw new RangeError(`${JSON.stringify(position)} is not a position of this event store.`);
  return { tx: BigInt(`0x${match[1]}`), row: BigInt(`0x${match[2]}`) };
};

const hex = (value: bigint): string => value.toString(16).padStart(DIGITS, '0');
