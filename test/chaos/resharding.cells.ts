/** One fault in the middle of what shards do. */
export interface ShardFault {
  readonly name: string;
  /** What is under way. `none`: nothing; the servers are on their own. */
  readonly move: 'add' | 'remove' | 'none';
  /** Whose process is killed, or which server is frozen until its replica takes its shard over. */
  readonly victim: 'worker' | 'giver' | 'taker' | 'frozen-primary';
}

export const SHARD_FAULTS: readonly ShardFault[] = [
  { name: 'shards/add-node/move-slots/worker', move: 'add', victim: 'worker' },
  { name: 'shards/add-node/move-slots/giver', move: 'add', victim: 'giver' },
  { name: 'shards/remove-node/drain-shard/worker', move: 'remove', victim: 'worker' },
  { name: 'shards/add-node/move-slots/taker', move: 'add', victim: 'taker' },
  { name: 'shards/remove-node/drain-shard/giver', move: 'remove', victim: 'giver' },
  { name: 'shards/promote-node/frozen-primary', move: 'none', victim: 'frozen-primary' },
];

/** `all`: every one. Else those whose name contains the text, and where there is none (`slice`, cells of other matrices): one, another each day. */
export const chooseFaults = (selection: string, day: number, faults: readonly ShardFault[] = SHARD_FAULTS): ShardFault[] => {
  if (selection === 'all') return [...faults];
  const named = faults.filter((fault) => fault.name.includes(selection));
  return named.length > 0 ? named : faults.filter((_, at) => at === day % faults.length);
};
