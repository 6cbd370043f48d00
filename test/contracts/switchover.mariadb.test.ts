import { mysqlHarness } from './engine-mysql.harness.js';
import { request } from './machine.harness.js';
import { describeSwitchover } from './switchover.contract.js';

describeSwitchover({
  engine: 'MariaDB',
  ports: { readWrite: 3306, readOnly: 3307 },
  refusal: /read-only/,
  makeHarness: ({ provider, destroy }) => mysqlHarness('mariadb', '10.11', (name, port) => provider.create({ ...request([port], name) }), destroy),
});
