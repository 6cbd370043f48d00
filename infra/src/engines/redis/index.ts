export { RedisEngine } from './redis.adapter.js';
export { RedisShardedEngine } from './redis-sharded.adapter.js';
export type { RedisFlavour } from './flavours.js';
