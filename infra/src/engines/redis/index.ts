export { RedisEngine } from './redis.adapter.js';
export type { RedisFlavour } from './flavours.js';
