export { MysqlEngine } from './mysql.adapter.js';
export { GaleraEngine } from './galera/galera.adapter.js';
