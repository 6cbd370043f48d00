import { mysqlHarness } from './engine-mysql.harness.js';
import { MARIADB_WORDS, mysqlSpecifics } from './engine-mysql.specifics.js';
import { replicatedEngineContract } from './engine.contract.js';
import type { EngineHarness } from './engine.harness.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

/** Unpacked from Debian's packages where it is missing. */
const onLocalMachines = async (): Promise<EngineHarness> => {
  const local = await localHarness();
  return mysqlHarness('mariadb', '10.11', (name, port) => local.provider.create({ ...request([port], name) }), local.destroy);
};

replicatedEngineContract('MariaDB 10.11', onLocalMachines);
mysqlSpecifics('MariaDB 10.11', onLocalMachines, MARIADB_WORDS);
