import { isPassing } from './passing-trouble.js';

const withCode = (code: string): Error => Object.assign(new Error('refused'), { code });

describe('trouble that passes', () => {
  it.each(['08006', '40P01', '40001', '53100', '53300', '55P03', '57P01', '57014', '25P03', 'ECONNRESET', 'ECONNREFUSED'])('is %s', (code) => {
    expect(isPassing(withCode(code))).toBe(true);
  });
  it.each(['Connection terminated unexpectedly', 'Client has encountered a connection error and is not queryable', 'Query read timeout'])(
    'is: %s',
    (message) => {
      expect(isPassing(new Error(message))).toBe(true);
    },
  );
  it.each(['22P02', '23502', '42703', '55000'])('is not %s, which the same facts meet again', (code) => {
    expect(isPassing(withCode(code))).toBe(false);
  });
  it('is not what a projection throws, whatever it tells of', () => {
    expect(isPassing(new TypeError("Cannot read properties of undefined (reading 'connection')"))).toBe(false);
    expect(isPassing('connection terminated')).toBe(false);
  });
});
