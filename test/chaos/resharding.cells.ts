/** One fault in the middle of what shards do. */
export interface ShardFault {
  readonly name: string;
  /** Valkey 8 moves key by key, with slots open at both ends; Valkey 9 moves many slots at once by itself. */
  readonly version: '8' | '9';
  /** What is under way. `none`: nothing; the servers are on their own. */
  readonly move: 'add' | 'remove' | 'none';
  /** Whose process is killed, or which server is frozen until its replica takes its shard over. */
  readonly victim: 'worker' | 'giver' | 'taker' | 'frozen-primary';
}

export const SHARD_FAULTS: readonly ShardFault[] = [
  { name: 'shards/valkey-8/add-node/move-slots/worker', version: '8', move: 'add', victim: 'worker' },
  { name: 'shards/valkey-9/add-node/move-slots/giver', version: '9', move: 'add', victim: 'giver' },
  { name: 'shards/valkey-9/remove-node/drain-shard/worker', version: '9', move: 'remove', victim: 'worker' },
  { name: 'shards/valkey-8/add-node/move-slots/taker', version: '8', move: 'add', victim: 'taker' },
  { name: 'shards/valkey-8/remove-node/drain-shard/giver', version: '8', move: 'remove', victim: 'giver' },
  { name: 'shards/valkey-9/promote-node/frozen-primary', version: '9', move: 'none', victim: 'frozen-primary' },
];

/** `all`: every one. Else those whose name contains the text, and where there is none (`slice`, cells of other matrices): one, another each day. */
export const chooseFaults = (selection: string, day: number, faults: readonly ShardFault[] = SHARD_FAULTS): ShardFault[] => {
  if (selection === 'all') return [...faults];
  const named = faults.filter((fault) => fault.name.includes(selection));
  return named.length > 0 ? named : faults.filter((_, at) => at === day % faults.length);
};
