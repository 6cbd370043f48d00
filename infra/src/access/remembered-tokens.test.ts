import { jest } from '@jest/globals';
import { RememberedTokens, TOKEN_MEMORY_MS } from './remembered-tokens.js';

const admin = { id: '1', actor: 'token:admin' };

describe('remembered tokens', () => {
  it('ask once for callers that come together, and again after the memory has ended', async () => {
    let now = 0;
    const authenticate = jest.fn(async () => admin);
    const tokens = new RememberedTokens({ authenticate }, () => now);
    expect(await Promise.all([tokens.authenticate('a'), tokens.authenticate('a')])).toEqual([admin, admin]);
    expect(authenticate).toHaveBeenCalledTimes(1);
    now = TOKEN_MEMORY_MS;
    await tokens.authenticate('a');
    expect(authenticate).toHaveBeenCalledTimes(2);
  });

  it('remember a refusal as well, and nothing of a failed question', async () => {
    const authenticate = jest.fn<() => Promise<typeof admin | undefined>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(undefined);
    const tokens = new RememberedTokens({ authenticate }, () => 0);
    await expect(tokens.authenticate('a')).rejects.toThrow('away');
    await expect(tokens.authenticate('a')).resolves.toBeUndefined();
    await expect(tokens.authenticate('a')).resolves.toBeUndefined();
    expect(authenticate).toHaveBeenCalledTimes(2);
  });

  it('hold no more than a bounded number', async () => {
    const authenticate = jest.fn(async () => undefined);
    const tokens = new RememberedTokens({ authenticate }, () => 0);
    for (let index = 0; index <= 1000; index += 1) await tokens.authenticate(String(index));
    await tokens.authenticate('1000');
    expect(authenticate).toHaveBeenCalledTimes(1001);
    await tokens.authenticate('0');
    expect(authenticate).toHaveBeenCalledTimes(1002);
  });
});
