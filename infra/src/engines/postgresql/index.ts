export { PostgresqlEngine, type PostgresqlOptions } from './postgresql.adapter.js';
export type { ClientNetworks } from './server.js';
export {
  NodeNotAnswering,
  NotASyncPolicy,
  PostgresqlNodeError,
  PromotionTimedOut,
  ReplicaNotReady,
  ServerDidNotStart,
  SettingNotInForce,
  StopTimedOut,
  WrongNodeState,
} from './errors.js';
