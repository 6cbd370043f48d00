import { isDatabaseUnavailable } from './unavailable.js';

describe('a database that is away', () => {
  it.each([
    ['refuses connections', { code: 'ECONNREFUSED', message: '' }],
    ['is shut down by its operator', { code: '57P01', message: 'terminating connection' }],
    ['starts up', { code: '57P03', message: '' }],
    ['has no connection left', { code: '53300', message: '' }],
    ['ended the connection', new Error('Connection terminated unexpectedly')],
    ['did not answer in time', new Error('timeout exceeded when trying to connect')],
    ['has several addresses that all refuse', new AggregateError([{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }])],
  ])('%s', (_, error) => expect(isDatabaseUnavailable(error)).toBe(true));

  it.each([[undefined], ['ECONNREFUSED'], [new Error('syntax error')], [{ code: '23505', message: 'duplicate key' }], [{ code: '42P01', message: 'no such table' }]])('is not %p', (error) =>
    expect(isDatabaseUnavailable(error)).toBe(false),
  );
});
