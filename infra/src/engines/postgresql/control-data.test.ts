import { isCleanlyStopped, parseControlData, restPosition, UnreadableControlData } from './control-data.js';

// As pg_controldata prints it (the lines in between left out).
const PRIMARY = `pg_control version number:            1300
Catalog version number:               202209061
Database system identifier:           7443187034938453261
Database cluster state:               shut down
pg_control last modified:             Sat Nov 21 06:09:30 2026
Latest checkpoint location:           0/5000028
Latest checkpoint's REDO location:    0/5000028
Latest checkpoint's REDO WAL file:    000000010000000000000005
Latest checkpoint's TimeLineID:       1
Latest checkpoint's PrevTimeLineID:   1
Minimum recovery ending location:     0/0
Min recovery ending loc's timeline:   0
Backup start location:                0/0
`;
const REPLICA = PRIMARY.replace('shut down', 'shut down in recovery')
  .replace('Minimum recovery ending location:     0/0', 'Minimum recovery ending location:     0/50000A0')
  .replace('timeline:   0', 'timeline:   2');

describe('pg_control', () => {
  it('gives state, identity, timeline and positions', () => {
    expect(parseControlData(PRIMARY)).toEqual({
      state: 'shut down',
      systemIdentifier: '7443187034938453261',
      checkpoint: '0/5000028',
      timeline: 1,
      minRecoveryEnd: '0/0',
      minRecoveryTimeline: 0,
    });
  });

  it('ends at the shutdown checkpoint on a primary and at the recovery end on a replica', () => {
    expect(restPosition(parseControlData(PRIMARY))).toBe('0/5000028');
    expect(restPosition(parseControlData(REPLICA))).toBe('0/50000A0');
    expect(parseControlData(REPLICA).minRecoveryTimeline).toBe(2);
  });

  it('is clean only after a stop in good order', () => {
    expect(isCleanlyStopped(parseControlData(PRIMARY))).toBe(true);
    expect(isCleanlyStopped(parseControlData(REPLICA))).toBe(true);
    for (const state of ['in production', 'in archive recovery', 'in crash recovery', 'shutting down', 'starting up']) {
      expect(isCleanlyStopped(parseControlData(PRIMARY.replace('shut down', state)))).toBe(false);
    }
  });

  it('is not guessed: a missing or empty line is named', () => {
    expect(() => parseControlData('')).toThrow(new UnreadableControlData('Database cluster state'));
    expect(() => parseControlData(PRIMARY.replace('0/5000028\nLatest', '\nLatest'))).toThrow('Latest checkpoint location');
  });
});
