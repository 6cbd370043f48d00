import { mariadbHarness } from './engine-mysql.harness.js';
import { replicatedEngineContract } from './engine.contract.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

/** Unpacked from Debian's packages where it is missing. */
replicatedEngineContract('MariaDB 10.11', async () => {
  const local = await localHarness();
  return mariadbHarness('10.11', (name, port) => local.provider.create({ ...request([port], name) }), local.destroy);
});
