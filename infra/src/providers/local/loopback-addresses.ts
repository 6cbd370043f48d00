import { createHash } from 'node:crypto';

/** All of 127.0.0.0/8 is the computer itself on Linux; the first 65536 addresses are used by others (127.0.0.1, 127.0.1.1, 127.0.0.53). */
export const DEFAULT_ADDRESS_RANGE: AddressRange = { first: '127.1.0.1', last: '127.254.255.254' };

/** Both ends belong to it. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/**
 * Addresses of the range in the order in which an installation tries them: from a place that a hash of its root directory gives,
 * so that two installations on one computer rarely meet, and around. Those that end in 0 or 255 look like networks and are left out.
 */
export function* candidateAddresses(rootDirectory: string, range: AddressRange): Generator<string, undefined> {
  const [first, last] = [toNumber(range.first), toNumber(range.last)];
  if (last < first) throw new Error(`The address range ${range.first} to ${range.last} is empty.`);
  const size = last - first + 1;
  const hash = createHash('sha256').update(rootDirectory).digest().readUInt32BE(0);
  const start = size > 256 ? (hash % Math.floor(size / 256)) * 256 : 0;
  for (let at = 0; at < size; at++) {
    const address = first + ((start + at) % size);
    const lastByte = address & 0xff;
    if (lastByte !== 0 && lastByte !== 255) yield toText(address);
  }
}

const toNumber = (address: string): number => {
  const bytes = address.split('.').map(Number);
  const isLoopback = bytes.length === 4 && bytes[0] === 127 && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  if (!isLoopback) throw new Error(`${address} is not a loopback address 127.x.y.z.`);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
};

const toText = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
