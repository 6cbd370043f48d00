const DAY_MS = 24 * 60 * 60_000;

/** Days since 1970: what rotates goes by it. `HOLDFAST_TEST_DAY` is another one, to see what a run of that day saw. */
export const today = (): number => Number(process.env['HOLDFAST_TEST_DAY'] ?? Math.floor(Date.now() / DAY_MS));

/**
 * What a run of continuous integration takes of many: those that are always run, and one of the others, another one each day. Names
 * in `wanted`, separated by commas, take their place; throws for one that nobody has.
 */
export const chooseByDay = <T extends { readonly name: string; readonly always?: boolean }>(all: readonly T[], day: number, wanted: string | undefined): readonly T[] => {
  if (wanted !== undefined) {
    return wanted.split(',').map((name) => {
      const found = all.find((one) => one.name === name.trim());
      if (found === undefined) throw new Error(`There is no ${name.trim()}. There are: ${all.map((one) => one.name).join(', ')}.`);
      return found;
    });
  }
  const others = all.filter(({ always }) => always !== true);
  return all.filter((one) => one.always === true || one === others[day % others.length]);
};
