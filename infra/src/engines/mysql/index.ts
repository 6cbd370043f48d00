export { MysqlEngine } from './mysql.adapter.js';
