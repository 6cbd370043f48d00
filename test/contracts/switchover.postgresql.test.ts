import { postgresqlHarness } from './engine-postgresql.harness.js';
import { request } from './machine.harness.js';
import { describeSwitchover } from './switchover.contract.js';

describeSwitchover({
  engine: 'PostgreSQL',
  ports: { readWrite: 5432, readOnly: 5433 },
  refusal: /read-only|recovery|starting up|shutting down/,
  makeHarness: ({ provider, destroy }) => postgresqlHarness('18', (name, port) => provider.create({ ...request([port], name) }), destroy),
});
