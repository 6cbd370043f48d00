import { describe, expect, it } from '@jest/globals';
import { chooseFaults, SHARD_FAULTS } from './resharding.cells.js';

describe('faults of shards', () => {
  it('are all run within as many days, one a day', () => {
    const days = SHARD_FAULTS.map((_, day) => chooseFaults('slice', day));
    expect(days.map((chosen) => chosen.length)).toEqual(SHARD_FAULTS.map(() => 1));
    expect(new Set(days.flat())).toEqual(new Set(SHARD_FAULTS));
  });
  it('are chosen by name, or all', () => {
    expect(chooseFaults('all', 0)).toEqual(SHARD_FAULTS);
    expect(chooseFaults('drain-shard', 0).map((fault) => fault.move)).toEqual(['remove', 'remove']);
    expect(chooseFaults('postgresql/deploy-cluster', 7)).toHaveLength(1);
  });
});
