import { describe, expect, it } from '@jest/globals';
import { PackageOffers } from './package-offers.js';

describe('what apt offers on machines that are alike', () => {
  it('is asked once', async () => {
    const offers = new PackageOffers();
    let asked = 0;
    const ask = async (): Promise<string> => `asked ${(asked += 1)}`;
    expect(await Promise.all([offers.read(ask), offers.read(ask), offers.read(ask)])).toEqual(['asked 1', 'asked 1', 'asked 1']);
  });
  it('is asked of another machine when the first has failed', async () => {
    const offers = new PackageOffers();
    const first = offers.read(() => Promise.reject(new Error('gone')));
    const second = offers.read(async () => 'valkey');
    await expect(first).rejects.toThrow('gone');
    expect(await second).toBe('valkey');
  });
});
