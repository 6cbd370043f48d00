import { describe, expect, it } from '@jest/globals';
import {
  CommandFailed,
  DuplicateFact,
  EventStoreUnavailable,
  MachineGone,
  MachineUnreachable,
  PortTaken,
  SecretNotFound,
  SoftwareNotAvailable,
  VersionConflict,
} from '@holdfast/domain';
import { deterministicUuid, factId } from './deterministic-uuid.js';
import { presentable } from './redact.js';
import { ConditionNotMet, Refused } from './refused.js';
import { sameJson } from './same-json.js';
import { toApplicationFailure } from './to-application-failure.js';

describe('ids from names', () => {
  it('are version 5 of RFC 9562, by its own example', () => {
    expect(deterministicUuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });
  it('differ when the parts differ, however they are cut', () => {
    expect(factId('op', 'a', 'b')).toBe(factId('op', 'a', 'b'));
    expect(factId('op', 'ab')).not.toBe(factId('op', 'a', 'b'));
    expect(factId('op', '1')).not.toBe(factId('op', 1));
  });
});

describe('equal JSON', () => {
  it.each([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { b: 1 }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
    [{ a: null }, { a: 0 }, false],
  ])('%j and %j: %s', (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
  });
});

class EndpointNotServing extends Error {
  override readonly name = 'EndpointNotServing';
}

class StopTimedOut extends Error {
  override readonly name = 'StopTimedOut';
  readonly nodeName = 'pg-1';
  constructor(readonly logTail: readonly string[] = ['LOG:  received fast shutdown request']) {
    super(`pg-1: it did not stop\n${logTail.join('\n')}`);
  }
}

const command = (tail: string): CommandFailed => new CommandFailed('n1', ['pg_basebackup', '--slot', 'a b'], 1, tail);
const errno = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });

describe('errors as failures', () => {
  it.each([
    ['event-store-unavailable', false, new EventStoreUnavailable('away', { cause: errno })],
    ['cluster-in-motion', false, new VersionConflict('cluster-c', 3)],
    ['duplicate-fact', true, new DuplicateFact('cluster-c')],
    ['lock-not-held', true, new Refused({ code: 'lock-not-held', detail: 'no' })],
    ['replica-behind', true, new ConditionNotMet('replica-behind', 'far', 'pg-1', true)],
    ['verification-failed', false, new ConditionNotMet('verification-failed', 'not yet', undefined, false)],
    ['command-failed', false, command('boom')],
    ['disk-full', true, command('could not write: No space left on device')],
    ['disk-full', true, command("E: You don't have enough free space in /var/cache/apt/archives/.")],
    ['disk-full', true, errno],
    ['disk-full', true, new Error('outer', { cause: Object.assign(new Error('could not extend file'), { code: '53100' }) })],
    ['disk-full', true, new StopTimedOut(['FATAL:  No space left on device'])],
    ['software-not-available', true, new SoftwareNotAvailable('postgresql', '9', ['18'])],
    ['port-taken', false, new PortTaken('127.0.0.1', 5432, 'postgres (1)')],
    ['machine-gone', true, new MachineGone('removed')],
    ['machine-unreachable', false, new MachineUnreachable('gone')],
    ['host-key-changed', false, new MachineUnreachable('Another key is shown.', { code: 'host-key-changed' })],
    ['secret-not-found', false, new SecretNotFound('cluster/c/superuser')],
    ['stop-timed-out', false, new StopTimedOut()],
    ['endpoint-not-serving', false, new EndpointNotServing('no')],
    ['not-a-sync-policy', false, Object.assign(new Error('2 of 1'), { name: 'NotASyncPolicy' })],
    ['unexpected-error', false, Object.assign(new Error('key'), { name: 'KeyFileError' })],
    ['unexpected-error', false, new TypeError('x is not a function')],
    ['unexpected-error', false, 'a text'],
  ])('%s, final: %s', (code, final, error) => {
    const failure = toApplicationFailure(error);
    expect([failure.type, failure.nonRetryable]).toEqual([code, final]);
    expect(toApplicationFailure(failure)).toBe(failure);
  });
  it('tell where, what and the last lines', () => {
    expect(toApplicationFailure(command('line\nlast'), 'other').details).toEqual([{ node: 'n1', command: 'pg_basebackup --slot a b', outputTail: 'line\nlast' }]);
    expect(toApplicationFailure(new StopTimedOut()).details).toEqual([{ node: 'pg-1', outputTail: 'LOG:  received fast shutdown request' }]);
    expect(toApplicationFailure(new MachineUnreachable('gone'), 'n1').details).toEqual([{ node: 'n1' }]);
    expect(toApplicationFailure(new MachineUnreachable('gone')).details).toEqual([]);
    expect(toApplicationFailure(new MachineUnreachable('gone', { command: 'initdb -D data' }), 'n1').details).toEqual([{ node: 'n1', command: 'initdb -D data' }]);
  });
  it('keep where they came from, and not what must not be told', () => {
    const failure = toApplicationFailure(command("ALTER ROLE app PASSWORD 'canary-1'"));
    expect(failure.cause?.stack).toContain('lib.test.ts');
    const told = [failure.message, JSON.stringify(failure.details), failure.cause?.message, failure.cause?.stack].join('\n');
    expect(told).not.toContain('canary-1');
  });
});

describe('what is shown of an output', () => {
  it.each([
    ['postgresql://app:canary@host/db failed', 'postgresql://app:***@host/db failed'],
    ["host='h' password='can\\'ary' user='u'", "host='h' password=*** user='u'"],
    ["alter role a password 'canary'", 'alter role a password ***'],
    ["passfile PGPASSWORD=canary", "passfile PGPASSWORD=***"],
    ['SCRAM-SHA-256$4096:canary==$x:y', '***'],
    ['FATAL:  password authentication failed for user "app"', 'FATAL:  password authentication failed for user "app"'],
    ['a\u001b[31mred\u001b[0m\u0007\nb\tc\r', 'ared\nb\tc'],
  ])('%j', (text, shown) => {
    expect(presentable(text)).toBe(shown);
  });
  it('is the end of it', () => {
    expect(presentable(`first ${'x'.repeat(5_000)}last`)).toHaveLength(4_000);
    expect(presentable(`${'x'.repeat(5_000)}last`)).toMatch(/last$/);
  });
});
