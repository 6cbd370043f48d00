import { describe, expect, it } from '@jest/globals';
import { candidateAddresses, DEFAULT_ADDRESS_RANGE } from './loopback-addresses.js';

const first = (root: string, count: number): string[] => {
  const addresses = candidateAddresses(root, DEFAULT_ADDRESS_RANGE);
  return Array.from({ length: count }, () => addresses.next().value ?? '');
};

describe('candidate addresses', () => {
  it('are always the same for one installation, and others for another', () => {
    expect(first('/srv/a', 300)).toEqual(first('/srv/a', 300));
    const starts = Array.from({ length: 200 }, (_, index) => first(`/srv/${index}`, 1)[0]);
    expect(new Set(starts).size).toBeGreaterThan(195);
  });
  it('are loopback addresses of machines, none twice', () => {
    const addresses = first('/srv/a', 1000);
    expect(new Set(addresses).size).toBe(1000);
    for (const address of addresses) {
      const bytes = address.split('.').map(Number);
      expect(bytes[0]).toBe(127);
      expect(bytes[1]).toBeGreaterThan(0);
      expect(bytes[1]).toBeLessThan(255);
      expect([0, 255]).not.toContain(bytes[3]);
    }
  });
  it('are all of a small range, and then no more', () => {
    expect([...candidateAddresses('/srv/a', { first: '127.9.0.253', last: '127.9.1.2' })]).toEqual(['127.9.0.253', '127.9.0.254', '127.9.1.1', '127.9.1.2']);
  });
  it('go around in a large one', () => {
    const all = [...candidateAddresses('/srv/b', { first: '127.9.0.0', last: '127.9.7.255' })];
    expect(all).toHaveLength(8 * 254);
    expect(new Set(all).size).toBe(8 * 254);
  });
  it('are refused outside of the loopback network, and in an empty range', () => {
    for (const bad of ['10.0.0.1', '127.0.0', '127.0.0.256', 'x']) expect(() => candidateAddresses('/', { first: bad, last: '127.9.0.9' }).next()).toThrow(/not a loopback address/);
    expect(() => candidateAddresses('/', { first: '127.9.0.9', last: '127.9.0.1' }).next()).toThrow(/empty/);
  });
});
