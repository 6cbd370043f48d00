import { traitsOf, type EngineFamily } from '@holdfast/domain';
import { POSTGRESQL_ASKER } from './postgresql-asker.js';
import { REDIS_ASKER } from './redis-asker.js';
import type { ServerAsker } from './server-asker.js';

export * from './server-asker.js';

const ASKERS: Readonly<Partial<Record<EngineFamily, ServerAsker>>> = { postgresql: POSTGRESQL_ASKER, redis: REDIS_ASKER };

/** Throws for an engine that no test can look behind: such an engine must not be offered. */
export const askerOf = (engine: string): ServerAsker => {
  const { family } = traitsOf(engine);
  const asker = ASKERS[family];
  if (asker === undefined) throw new Error(`Tests cannot ask servers of ${engine}: there is no asker of the family ${family}.`);
  return asker;
};
