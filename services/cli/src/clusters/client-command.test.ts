import { describe, expect, it } from '@jest/globals';
import { clientCommand } from './client-command.js';

const TO = { host: '127.0.0.7', port: 1234, user: 'app' };

describe('the command that connects', () => {
  it.each([
    ['postgresql', 'psql "$(./holdfast clusters connect shop)"'],
    ['timescaledb', 'psql "$(./holdfast clusters connect shop)"'],
    ['mysql', 'mysql --host=127.0.0.7 --port=1234 --user=app --password app'],
    ['mariadb', 'mariadb --host=127.0.0.7 --port=1234 --user=app --password app'],
    ['redis', 'redis-cli -u "$(./holdfast clusters connect shop)"'],
    ['valkey', 'valkey-cli -u "$(./holdfast clusters connect shop)"'],
    ['unheard-of', './holdfast clusters show shop'],
  ])('of %s is %s', (engine, command) => {
    expect(clientCommand({ ...TO, engine, database: 'app' }, 'shop')).toBe(command);
  });
  it('of a sharded cluster follows a key to its node', () => {
    expect(clientCommand({ ...TO, engine: 'valkey', sharded: true }, 'shop')).toBe('valkey-cli -c -u "$(./holdfast clusters connect shop)"');
  });
});
