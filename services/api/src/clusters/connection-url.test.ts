import { describe, expect, it } from '@jest/globals';
import { connectionUrl } from './connection-url.js';

const PRINTABLE = String.fromCharCode(...Array.from({ length: 94 }, (_, at) => 33 + at));
const AT = { host: '127.0.0.7', port: 3306 };

describe('a connection URL', () => {
  it('has the scheme of its engine, and a database where there is one', () => {
    expect(connectionUrl({ urlScheme: 'mysql' }, AT, { user: 'app', password: 'x', database: 'app' })).toBe('mysql://app:x@127.0.0.7:3306/app');
    expect(connectionUrl({ urlScheme: 'redis' }, { ...AT, port: 6379 }, { user: 'app', password: 'x' })).toBe('redis://app:x@127.0.0.7:6379');
    expect(connectionUrl({ urlScheme: 'postgresql' }, { host: 'fd00::1', port: 5432 }, { user: 'app', password: 'x', database: 'app' })).toBe('postgresql://app:x@[fd00::1]:5432/app');
  });
  it('carries a password of every printable character, and nothing of it ends the URL or a shell word', () => {
    const url = connectionUrl({ urlScheme: 'postgresql' }, AT, { user: 'a@b', password: PRINTABLE, database: 'app' });
    const read = new URL(url);
    expect([decodeURIComponent(read.username), decodeURIComponent(read.password), read.hostname, read.pathname]).toEqual(['a@b', PRINTABLE, AT.host, '/app']);
    expect(url).toMatch(/^[A-Za-z0-9:/@%._~-]+$/);
  });
});
