import type { HostEvent } from './host.events.js';
import { hostIdOf, hostSecretsPrefix, hostStream } from './host.events.js';
import { foldHost, hostStatusWord, type RegisteredHost } from './host.state.js';
import { assigned, assignment, checked, HOST_ID, pinned, registered, removed, tooSmall, wellMeasured } from './host.test-support.js';

const present = (...history: HostEvent[]): RegisteredHost => {
  const host = foldHost([registered, ...history]);
  if (host.status !== 'registered') throw new Error('It is not registered.');
  return host;
};

describe('a host', () => {
  it('is what its facts say', () => {
    expect(present(pinned(), checked(), assigned())).toEqual({
      ...{ status: 'registered', id: HOST_ID, address: '203.0.113.5', port: 22, user: 'admin', keyReference: `host/${HOST_ID}/private-key` },
      ...{ fingerprint: 'SHA256:first', check: { problems: [], measured: wellMeasured }, assignment: assignment() },
    });
  });
  it('is told in one word', () => {
    expect(hostStatusWord(present())).toBe('unchecked');
    expect(hostStatusWord(present(checked(tooSmall)))).toBe('refused');
    expect(hostStatusWord(present(checked()))).toBe('free');
    expect(hostStatusWord(present(checked(), assigned(), checked(tooSmall)))).toBe('in-use');
    expect(hostStatusWord(present(checked(), assigned(), { type: 'HostFreed', data: { hostId: HOST_ID, machineId: 'c-orders-1-n1' } }))).toBe('free');
  });
  it('is absent without facts, and forgets everything when it is removed', () => {
    expect(foldHost([])).toEqual({ status: 'absent' });
    expect(foldHost([pinned()])).toEqual({ status: 'absent' });
    expect(foldHost([registered, pinned(), removed])).toEqual({ status: 'removed', id: HOST_ID });
    expect(foldHost([registered, pinned(), removed, registered])).not.toHaveProperty('fingerprint');
  });
  it('is not changed by a fact of a newer version', () => {
    expect(foldHost([registered, { type: 'HostPainted', data: { hostId: HOST_ID } } as unknown as HostEvent])).toEqual(foldHost([registered]));
  });
  it('has an id that no other server has', () => {
    expect(hostIdOf('203.0.113.5', 22)).toBe(HOST_ID);
    expect(hostIdOf('DB.Example.com', 2222)).toBe('db.example.com-2222');
    expect(hostIdOf('2001:db8::5', 22)).toBe('2001_db8__5-22');
    expect(hostStream(HOST_ID)).toBe(`host-${HOST_ID}`);
    expect(hostSecretsPrefix(`${HOST_ID}0`).startsWith(hostSecretsPrefix(HOST_ID))).toBe(false);
  });
});
