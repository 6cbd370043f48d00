import { mintToken, parseToken, sameHash } from './api-token.js';

describe('API tokens', () => {
  it('have a prefix, an id and a secret of 256 bits, each token its own', () => {
    const one = mintToken();
    const other = mintToken();
    expect(one.token).toMatch(/^hf_pat_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(one.token).toContain(one.id);
    expect(one.token).not.toBe(other.token);
    expect(one.hash).toHaveLength(32);
  });

  it('are recognised by the hash of their secret', () => {
    const minted = mintToken();
    const parsed = parseToken(minted.token);
    expect(parsed?.id).toBe(minted.id);
    expect(sameHash(parsed?.hash ?? Buffer.alloc(0), minted.hash)).toBe(true);
    expect(sameHash(mintToken().hash, minted.hash)).toBe(false);
    expect(sameHash(minted.hash.subarray(1), minted.hash)).toBe(false);
  });

  it.each(['', 'hf_pat_', 'hf_pat_0011223344556677_short', `x${mintToken().token}`, `${mintToken().token}x`, mintToken().token.toUpperCase()])(
    'are not made of %j',
    (text) => expect(parseToken(text)).toBeUndefined(),
  );
});
