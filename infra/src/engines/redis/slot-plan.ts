/** One slot that has to go from one primary to another, by their places in the list that was given. */
export interface SlotMove {
  readonly slot: number;
  readonly from: number;
  readonly to: number;
}

/**
 * How many slots each is to hold: even among those that take part, to one slot. The odd ones go to those that hold most, so that
 * nothing moves without need.
 */
export const evenShares = (held: readonly number[], takesPart: readonly boolean[]): number[] => {
  const total = held.reduce((sum, count) => sum + count, 0);
  const takers = held.map((_, at) => at).filter((at) => takesPart[at]);
  if (takers.length === 0) throw new Error('Nobody is there to hold the slots.');
  const [base, odd] = [Math.floor(total / takers.length), total % takers.length];
  const byHeld = [...takers].sort((one, other) => (held[other] ?? 0) - (held[one] ?? 0) || one - other);
  return held.map((_, at) => (takesPart[at] ? base + (byHeld.indexOf(at) < odd ? 1 : 0) : 0));
};

/** The moves to even shares. Each gives its highest slots, in order, so that what moves together lay together. */
export const planMoves = (slots: readonly (readonly number[])[], takesPart: readonly boolean[] = slots.map(() => true)): SlotMove[] => {
  const shares = evenShares(slots.map((own) => own.length), takesPart);
  const given = slots.flatMap((own, from) =>
    [...own].sort((one, other) => one - other).slice(Math.min(own.length, shares[from] ?? 0)).map((slot) => ({ slot, from })));
  const wanted = slots.flatMap((own, to) => Array.from({ length: Math.max(0, (shares[to] ?? 0) - own.length) }, () => to));
  return given.map((gift, at) => ({ ...gift, to: wanted[at] ?? gift.from })).filter((move) => move.from !== move.to);
};

/**
 * Each call begins with a fork of the giver, which stands still for it in proportion to its memory; so not few. What clients change
 * meanwhile is kept in the giver's memory; so not all.
 */
const SLOTS_TOGETHER_MAX = 512;

/** Slots that go together from one to another. */
export interface SlotBatch {
  readonly from: number;
  readonly to: number;
  readonly slots: readonly number[];
}

/** Moves that follow each other and have the same ends, in pieces; their order is kept. */
export const batchesOf = (moves: readonly SlotMove[], max = SLOTS_TOGETHER_MAX): SlotBatch[] => {
  const batches: { from: number; to: number; slots: number[] }[] = [];
  for (const { from, to, slot } of moves) {
    const last = batches.at(-1);
    if (last?.from === from && last.to === to && last.slots.length < max) last.slots.push(slot);
    else batches.push({ from, to, slots: [slot] });
  }
  return batches;
};
