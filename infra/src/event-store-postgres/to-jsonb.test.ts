import { toJsonb } from './to-jsonb.js';

describe('JSON for a jsonb', () => {
  it('is plain JSON wherever that can be stored', () => {
    const value = { text: 'ä \u2028 "x" \u{1F418}', path: 'C:\\u0000', list: [1, null, true] };
    expect(toJsonb(value)).toBe(JSON.stringify(value));
  });
  it.each([
    ['a\u0000b', 'a\ufffdb'],
    ['cut \ud83d', 'cut \ufffd'],
    ['\udc18 cut', '\ufffd cut'],
    ['\udc18\ud83d', '\ufffd\ufffd'],
    ['\ud83d\ud83d\udc18', '\ufffd\u{1F418}'],
  ])('holds nothing that cannot be stored: %j', (text, stored) => {
    expect(JSON.parse(toJsonb({ deep: [{ text }] }))).toEqual({ deep: [{ text: stored }] });
  });
});
