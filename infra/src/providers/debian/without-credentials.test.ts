import { describe, expect, it } from '@jest/globals';
import { withoutCredentials } from './without-credentials.js';

describe('text for logs', () => {
  it('carries no names and passwords of addresses', () => {
    expect(withoutCredentials('Err:1 https://me:s3cret@packages.test/debian x InRelease, tor+http://token@b.test/')).toBe('Err:1 https://packages.test/debian x InRelease, tor+http://b.test/');
    expect(withoutCredentials('mail me@example.test about http://a.test/b@c')).toBe('mail me@example.test about http://a.test/b@c');
  });
});
