export { MARIADB } from './mariadb.dialect.js';
export { MYSQL } from './mysql.dialect.js';
export { MysqlEngine } from './mysql.adapter.js';
export { GaleraEngine } from './galera/galera.adapter.js';
export { GroupReplicationEngine } from './group-replication/group-replication.adapter.js';
