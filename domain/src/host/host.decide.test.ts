import { HostRefused } from '../ports/host-registry.js';
import { decideAssignHost, decideFreeHost, decidePinHostKey, decideRecordCheck, decideRegisterHost, decideRemoveHost } from './host.decide.js';
import type { HostProblem } from './host-check.rules.js';
import type { HostEvent } from './host.events.js';
import type { Host } from './host.state.js';
import { assigned, assignment, checked, given, HOST_ID, pinned, registered, removed, tooSmall, wellMeasured } from './host.test-support.js';

const wish = { address: '203.0.113.5', port: 22, user: 'admin', keyReference: `host/${HOST_ID}/private-key` };
const register = (changes: Partial<typeof wish> = {}) => (host: Host) => decideRegisterHost(host, { ...wish, ...changes });
const pin = (fingerprint: string, agreed?: string) => (host: Host) => decidePinHostKey(host, fingerprint, agreed);
const assign = (machineId?: string) => (host: Host) => decideAssignHost(host, assignment(machineId));
const free = (machineId: string) => (host: Host) => decideFreeHost(host, machineId);

describe('registering a host', () => {
  it('tells where it is and where its key lies', () => {
    given().when(register()).thenAccepted(registered);
    given(registered, removed).when(register()).thenAccepted(registered);
    expect(given().when(register({ address: 'DB1.example.com' })).thenState()).toMatchObject({ id: 'db1.example.com-22', address: 'db1.example.com' });
  });
  it('is refused for one that is known', () => {
    expect(given(registered).when(register()).thenRefused('conflict', 'host-known').extra).toEqual({ hostId: HOST_ID });
  });
  it.each([{ address: '' }, { address: '-oProxyCommand=x' }, { address: 'a b' }, { address: 'a_b' }, { port: 0 }, { port: 65_536 }, { port: 22.5 }, { user: '' }, { user: 'a;b' }, { user: 'Root' }])(
    'is refused for %j',
    (changes) => void given().when(register(changes)).thenRefused('invalid', 'invalid-host'),
  );
});

describe('the key of a host', () => {
  it('is pinned at first use', () => {
    given(registered).when(pin('SHA256:first')).thenAccepted(pinned());
    given(registered, pinned()).when(pin('SHA256:first')).thenAccepted();
  });
  it('is refused when it has changed, with both and what to do', () => {
    const { detail, extra } = given(registered, pinned()).when(pin('SHA256:second')).thenRefused('conflict', 'host-key-changed');
    for (const part of ['SHA256:first', 'SHA256:second', 'ssh-keygen', '--accept-key SHA256:second']) expect(detail).toContain(part);
    expect(extra).toEqual({ pinned: 'SHA256:first', shown: 'SHA256:second' });
  });
  it('may change to the one that a person has agreed to, and to no other', () => {
    given(registered, pinned())
      .when(pin('SHA256:second', 'SHA256:second'))
      .thenAccepted({ type: 'HostKeyPinned', data: { hostId: HOST_ID, fingerprint: 'SHA256:second', replaced: 'SHA256:first' } });
    given(registered, pinned()).when(pin('SHA256:third', 'SHA256:second')).thenRefused('conflict', 'host-key-unproven');
    given(registered).when(pin('SHA256:third', 'SHA256:second')).thenRefused('conflict', 'host-key-unproven');
    given(registered).when(pin('SHA256:first', 'SHA256:first')).thenAccepted(pinned());
  });
  it('is that of a host', () => {
    given().when(pin('SHA256:first')).thenRefused('not-found', 'unknown-host');
  });
});

describe('a check', () => {
  it('is recorded for a host', () => {
    given(registered).when((host) => decideRecordCheck(host, { problems: [tooSmall], measured: wellMeasured }, 'us')).thenAccepted(checked(tooSmall));
    given(registered, removed).when((host) => decideRecordCheck(host, { problems: [], measured: {} }, 'us')).thenRefused('not-found', 'unknown-host');
  });
  it('are not that it serves the machine that it was given while somebody looked', () => {
    const taken: HostProblem = { code: 'host-taken', detail: 'It carries a marker.' };
    const found = (machineId: string, owner: string): HostProblem['code'][] => {
      const marker = { machineId, owner, clusterId: 'c-orders-1' };
      const look = { problems: [tooSmall, taken], measured: { ...wellMeasured, marker } };
      const host = given(registered, checked(), assigned()).when((state) => decideRecordCheck(state, look, 'us')).thenState();
      return host.status === 'registered' ? (host.check?.problems ?? []).map(({ code }) => code) : [];
    };
    expect(found('c-orders-1-n1', 'us')).toEqual(['host-disk-too-small']);
    expect(found('c-orders-1-n2', 'us')).toEqual(['host-disk-too-small', 'host-taken']);
    expect(found('c-orders-1-n1', 'somebody else')).toEqual(['host-disk-too-small', 'host-taken']);
  });
});

describe('a machine', () => {
  it('gets a host that is free and well', () => {
    given(registered, checked()).when(assign()).thenAccepted(assigned());
    given(registered, checked(), assigned()).when(assign()).thenAccepted();
  });
  it('does not get one that serves another, is not well, not checked, or not there', () => {
    given(registered, checked(), assigned()).when(assign('c-orders-1-n2')).thenRefused('conflict', 'host-in-use');
    expect(given(registered, checked(tooSmall)).when(assign()).thenRefused('conflict', 'host-refused').detail).toContain('It is too small.');
    given(registered).when(assign()).thenRefused('conflict', 'host-refused');
    given().when(assign()).thenRefused('not-found', 'unknown-host');
  });
  it('gives it back once', () => {
    given(registered, checked(), assigned()).when(free('c-orders-1-n1')).thenAccepted({ type: 'HostFreed', data: { hostId: HOST_ID, machineId: 'c-orders-1-n1' } });
    given(registered, checked(), assigned()).when(free('c-orders-1-n2')).thenAccepted();
    given(registered, checked()).when(free('c-orders-1-n1')).thenAccepted();
    given().when(free('c-orders-1-n1')).thenAccepted();
  });
});

describe('removing a host', () => {
  const remove = (isLost = false, isWanted = false) => (host: Host) => decideRemoveHost(host, { isLost, isWanted });
  const left: HostEvent = { type: 'HostRemoved', data: { hostId: HOST_ID, left: { machineId: 'c-orders-1-n1', clusterId: 'c-orders-1' } } };

  it('is possible while it serves nothing', () => {
    given(registered).when(remove()).thenAccepted(removed);
    given(registered).when(remove(true)).thenAccepted(removed);
    given(registered, removed).when(remove()).thenRefused('not-found', 'unknown-host');
  });
  it('is refused while its cluster knows its machine, lost or not', () => {
    for (const isLost of [false, true]) {
      const refusal = given(registered, checked(), assigned()).when(remove(isLost, true)).thenRefused('conflict', 'host-in-use');
      expect(refusal).toMatchObject({ detail: expect.stringContaining('Remove the node first.'), extra: { clusterId: 'c-orders-1' } });
    }
  });
  it('gives up a machine that no cluster knows only where it is said to be lost', () => {
    expect(given(registered, checked(), assigned()).when(remove()).thenRefused('conflict', 'host-in-use').detail).toContain('--lost');
    given(registered, checked(), assigned()).when(remove(true)).thenAccepted(left);
  });
});

it('a refusal of the registry carries its code', () => {
  expect(new HostRefused({ kind: 'conflict', code: 'host-in-use', detail: 'It is in use.' })).toMatchObject({ name: 'HostRefused', code: 'host-in-use', message: 'It is in use.' });
});
