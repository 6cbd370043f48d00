import { mysqlHarness } from './engine-mysql.harness.js';
import { request } from './machine.harness.js';
import { describeSwitchover } from './switchover.contract.js';

describeSwitchover({
  engine: 'MySQL',
  ports: { readWrite: 3306, readOnly: 3307 },
  refusal: /read-only/,
  makeHarness: ({ provider, destroy }) => mysqlHarness('mysql', '9.7', (name, port) => provider.create({ ...request([port], name) }), destroy),
});
