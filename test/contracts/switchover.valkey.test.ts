import { redisHarness } from './engine-redis.harness.js';
import { request } from './machine.harness.js';
import { describeSwitchover } from './switchover.contract.js';

describeSwitchover({
  engine: 'Valkey',
  ports: { readWrite: 6379, readOnly: 6380 },
  refusal: /READONLY|NOREPLICAS|LOADING|MASTERDOWN/,
  makeHarness: ({ provider, destroy }) => redisHarness('valkey', '9', (name, port) => provider.create({ ...request([port], name) }), destroy),
});
