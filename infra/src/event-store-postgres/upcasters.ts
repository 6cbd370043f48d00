/** Turns data of one schema version into the next. `upcasters[type][n - 1]` leads from version n to n + 1. */
export type Upcasters = Readonly<Record<string, readonly ((data: object) => object)[]>>;

export const upcast = (upcasters: Upcasters, type: string, schemaVersion: number, data: object): { data: object; schemaVersion: number } => {
  const steps = upcasters[type]?.slice(schemaVersion - 1) ?? [];
  return { data: steps.reduce((current, step) => step(current), data), schemaVersion: schemaVersion + steps.length };
};
