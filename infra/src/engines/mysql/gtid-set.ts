/** First and last number of a run of transactions. */
type Run = readonly [number, number];

/** `uuid:1-5:7,uuid:tag:1-3`, by uuid and tag (https://dev.mysql.com/doc/refman/9.7/en/replication-gtids-concepts.html). */
const runsIn = (set: string): ReadonlyMap<string, readonly Run[]> => {
  const runs = new Map<string, Run[]>();
  for (const entry of set.replaceAll(/\s/g, '').split(',').filter((text) => text !== '')) {
    const [uuid = '', ...parts] = entry.toLowerCase().split(':');
    let origin = uuid;
    for (const part of parts) {
      // Numbers after a tag are those of its transactions.
      if (/^\d/.test(part)) runs.set(origin, [...(runs.get(origin) ?? []), runIn(part)]);
      else origin = `${uuid}:${part}`;
    }
  }
  return runs;
};

const runIn = (text: string): Run => {
  const [first = '', last = first] = text.split('-');
  return [Number(first), Number(last)];
};

/** What is left of a run without another. */
const without = ([first, last]: Run, [from, to]: Run): Run[] => {
  if (to < first || from > last) return [[first, last]];
  return [...(first < from ? [[first, from - 1] as const] : []), ...(last > to ? [[to + 1, last] as const] : [])];
};

/** The transactions of `wanted` that `set` lacks, as text; undefined when it has them all. As GTID_SUBTRACT(wanted, set). */
export const missingIn = (set: string, wanted: string): string | undefined => {
  const held = runsIn(set);
  const missing = [...runsIn(wanted)].flatMap(([origin, runs]) => {
    const left = (held.get(origin) ?? []).reduce((rest: readonly Run[], run) => rest.flatMap((one) => without(one, run)), runs);
    return left.map(([first, last]) => `${origin}:${first === last ? first : `${first}-${last}`}`);
  });
  return missing.length === 0 ? undefined : missing.join(',');
};
