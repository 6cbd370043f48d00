import { refusalIn } from './refusals.js';
import { segmentSuffix } from './streaming.js';

const START = '2026-11-21 06:09:30.111 UTC [7] LOG:  starting PostgreSQL 18.6 on x86_64-pc-linux-gnu';
const REMOVED =
  '2026-11-21 06:09:31 UTC [9] FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed';
const FORKED = '2026-11-21 06:09:31 UTC [9] LOG:  new timeline 2 forked off current database system timeline 1 before current recovery point 0/50000A0';

describe('a refusal in the log', () => {
  it('is the newest one since the start', () => {
    expect(refusalIn([START, REMOVED, FORKED, 'LOG:  something else'])).toBe(FORKED);
    expect(refusalIn([REMOVED])).toBe(REMOVED);
  });
  it('of an earlier life does not count', () => {
    expect(refusalIn([START, REMOVED, START])).toBeUndefined();
    expect(refusalIn([])).toBeUndefined();
  });
  it('is not a connection that failed: the upstream may only be away', () => {
    expect(refusalIn([START, 'FATAL:  could not connect to the primary server: Connection refused'])).toBeUndefined();
  });
});

describe('the file of a position', () => {
  const MIB = 1024n ** 2n;
  it.each([
    [0x5000028n, 16n * MIB, '0000000000000005'],
    [0x1_0000_0000n, 16n * MIB, '0000000100000000'],
    [0xffff_ffffn, 16n * MIB, '00000000000000FF'],
    [0x1_4000_0000n, 1024n * MIB, '0000000100000001'],
  ])('%p in segments of %p is %p', (offset, segment, name) => {
    expect(segmentSuffix(offset, segment)).toBe(name);
  });
});
