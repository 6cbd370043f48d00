import { EventStoreUnavailable } from '@holdfast/domain';
import { toPortError } from './errors.js';

const withCode = (code: string, message = 'told'): Error => Object.assign(new Error(message), { code });

describe('errors of the event store', () => {
  it.each(['28P01', '28000', '3D000'])('%s says what to check', (code) => {
    expect(toPortError(withCode(code))).toEqual(
      new EventStoreUnavailable('The event store refuses the user, password or database (told). Check HOLDFAST_EVENT_STORE_URL.'),
    );
  });
  it('says the same of a URL without a password', () => {
    const error = toPortError(new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'));
    expect(String(error)).toContain('Check HOLDFAST_EVENT_STORE_URL.');
  });
  it.each(['08006', '57P01', '57014', '53100', '25P03', 'ECONNREFUSED', 'ECONNRESET'])('%s is passing trouble', (code) => {
    expect(toPortError(withCode(code))).toEqual(new EventStoreUnavailable('The event store cannot be reached (told).'));
  });
  it.each(['Connection terminated unexpectedly', 'Query read timeout', 'timeout exceeded when trying to connect'])('%s is passing trouble', (message) => {
    expect(toPortError(new Error(message))).toBeInstanceOf(EventStoreUnavailable);
  });
  it('leaves what is a mistake as it is, whatever it speaks of', () => {
    for (const error of [withCode('42703', 'column "connection" does not exist'), withCode('22P02'), new TypeError('x is not a function')]) {
      expect(toPortError(error)).toBe(error);
    }
  });
});
