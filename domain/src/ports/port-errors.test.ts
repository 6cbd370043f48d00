import {
  clusterStream,
  CommandFailed,
  DuplicateFact,
  EventStoreUnavailable,
  MachineGone,
  MachineUnreachable,
  POSITION_START,
  PortTaken,
  SecretNotFound,
  SoftwareNotAvailable,
  VersionConflict,
} from '../index.js';

describe('errors of the ports say what happened, as a sentence', () => {
  it.each<[Error, string, string]>([
    [new VersionConflict('cluster-c-1', 3), 'VersionConflict', 'Stream cluster-c-1 is not at version 3.'],
    [new DuplicateFact('cluster-c-1'), 'DuplicateFact', 'A fact for stream cluster-c-1 has an id that is stored elsewhere.'],
    [new EventStoreUnavailable('It is away.'), 'EventStoreUnavailable', 'It is away.'],
    [new SecretNotFound('cluster/c-1/superuser'), 'SecretNotFound', 'There is no secret cluster/c-1/superuser.'],
    [new CommandFailed('c-1-n1', ['initdb', '-D', 'data'], 1, 'No space.'), 'CommandFailed', 'On c-1-n1: initdb -D data ended with 1. No space.'],
    [new CommandFailed('c-1-n1', ['initdb'], 'timeout', ''), 'CommandFailed', 'On c-1-n1: initdb ended with timeout.'],
    [new SoftwareNotAvailable('postgresql', '14', ['18', '15']), 'SoftwareNotAvailable', 'postgresql 14 is not available on this machine. Available: 18, 15.'],
    [new SoftwareNotAvailable('postgresql', '14', []), 'SoftwareNotAvailable', 'postgresql 14 is not available on this machine. Available: none.'],
    [new MachineUnreachable('It is gone.'), 'MachineUnreachable', 'It is gone.'],
    [new MachineGone('It was removed.'), 'MachineGone', 'It was removed.'],
    [new PortTaken('127.0.0.2', 5432, 'postgres (7)'), 'PortTaken', 'Port 5432 of 127.0.0.2 is taken by postgres (7).'],
  ])('%s', (error, name, message) => {
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message]).toEqual([name, message]);
  });
  it('starts before every position', () => {
    expect(POSITION_START < '0').toBe(true);
    expect(clusterStream('c-1')).toBe('cluster-c-1');
  });
});
