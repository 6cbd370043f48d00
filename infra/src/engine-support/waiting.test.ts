import { waitFor } from './waiting.js';

const late = (): Error => new Error('late');

describe('waiting', () => {
  it('answers what was seen, also when it is false', async () => {
    let looks = 0;
    expect(await waitFor(async () => (++looks < 3 ? undefined : false), { timeoutMs: 1_000, intervalMs: 1, onTimeout: late })).toBe(false);
    expect(looks).toBe(3);
  });
  it('ends at its limit with the error made then', async () => {
    await expect(waitFor(async () => undefined, { timeoutMs: 20, intervalMs: 5, onTimeout: late })).rejects.toThrow('late');
  });
  it('ends at once when it is aborted, before and between looks', async () => {
    const abort = new AbortController();
    const waiting = waitFor(async () => undefined, { timeoutMs: 60_000, intervalMs: 60_000, signal: abort.signal, onTimeout: late });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow();
    await expect(waitFor(async () => 1, { timeoutMs: 1, signal: abort.signal, onTimeout: late })).rejects.toThrow('enough');
  });
  it('passes on what the look throws', async () => {
    await expect(waitFor(() => Promise.reject(new Error('broken')), { timeoutMs: 1_000, onTimeout: late })).rejects.toThrow('broken');
  });
});
