/** Whether two plain JSON values say the same, whatever the order of members: the store does not keep that order. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [definedMembers(a), definedMembers(b)];
  return left.size === right.size && [...left].every(([name, value]) => right.has(name) && sameJson(value, right.get(name)));
};

const definedMembers = (value: object): Map<string, unknown> => new Map(Object.entries(value).filter(([, member]) => member !== undefined));
