import { traitsOf, type EngineFamily } from '@holdfast/domain';
import { MYSQL_ASKER } from './mysql-asker.js';
import { POSTGRESQL_ASKER } from './postgresql-asker.js';
import { REDIS_ASKER } from './redis-asker.js';
import type { ServerAsker } from './server-asker.js';

export * from './server-asker.js';

const ASKERS: Readonly<Record<EngineFamily, ServerAsker>> = { postgresql: POSTGRESQL_ASKER, mysql: MYSQL_ASKER, redis: REDIS_ASKER };

/** How to look behind an engine. Throws for one whose traits nobody knows. */
export const askerOf = (engine: string): ServerAsker => ASKERS[traitsOf(engine).family];
