import { secretPrefix, secretReference } from './logins.js';

describe('references of passwords', () => {
  it('begin with what all secrets of the cluster begin with, and of no other cluster', () => {
    expect(secretReference('cl-1', 'superuser')).toBe('cluster/cl-1/superuser');
    expect(secretReference('cl-1', 'application').startsWith(secretPrefix('cl-1'))).toBe(true);
    expect(secretReference('cl-11', 'application').startsWith(secretPrefix('cl-1'))).toBe(false);
  });
});
