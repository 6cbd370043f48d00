import { mysqlHarness } from './engine-mysql.harness.js';
import { MYSQL_WORDS, mysqlSpecifics } from './engine-mysql.specifics.js';
import { replicatedEngineContract } from './engine.contract.js';
import type { EngineHarness } from './engine.harness.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

/** Unpacked from Debian's unstable suite where it is missing. */
const onLocalMachines = async (): Promise<EngineHarness> => {
  const local = await localHarness();
  return mysqlHarness('mysql', '9.7', (name, port) => local.provider.create({ ...request([port], name) }), local.destroy);
};

replicatedEngineContract('MySQL 9.7', onLocalMachines);
mysqlSpecifics('MySQL 9.7', onLocalMachines, MYSQL_WORDS);
