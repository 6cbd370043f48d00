import { chooseByDay, today } from '../support/rotation.js';
import { describeGalera } from './engine-galera.harness.js';
import { describeGroupReplication } from './engine-group-replication.harness.js';

const GROUPS = [
  { name: 'mariadb', describeGroup: describeGalera },
  { name: 'mysql', describeGroup: describeGroupReplication },
];

// The end-to-end test takes the other one on the same day. `HOLDFAST_TEST_GROUPS=mariadb,mysql`: both.
for (const { describeGroup } of chooseByDay(GROUPS, today() + 1, process.env['HOLDFAST_TEST_GROUPS'])) describeGroup();
