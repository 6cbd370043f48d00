import type { RedisFlavour } from '@holdfast/infra/engines/redis';
import { redisHarness } from './engine-redis.harness.js';
import { redisSpecifics } from './engine-redis.specifics.js';
import { replicatedEngineContract } from './engine.contract.js';
import type { EngineHarness } from './engine.harness.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

/**
 * Newest and oldest of each. By default one of each runs, the oldest Redis and the newest Valkey; HOLDFAST_TEST_REDIS=all runs every one,
 * and `valkey-8` one of them. Servers are fetched where they are missing.
 */
const SERVERS: readonly (readonly [RedisFlavour, string, 'default'?])[] = [
  ['valkey', '9', 'default'],
  ['valkey', '8'],
  ['redis', '8'],
  ['redis', '7', 'default'],
];
const wanted = process.env['HOLDFAST_TEST_REDIS'];
const chosen = SERVERS.filter(([flavour, version, byDefault]) => (wanted === undefined ? byDefault : wanted === 'all' || wanted === `${flavour}-${version}`));

const onLocalMachines = async (flavour: RedisFlavour, version: string): Promise<EngineHarness> => {
  const local = await localHarness();
  return redisHarness(flavour, version, (name, port) => local.provider.create({ ...request([port], name) }), local.destroy);
};

for (const [flavour, version] of chosen) {
  replicatedEngineContract(`${flavour} ${version}`, () => onLocalMachines(flavour, version));
  redisSpecifics(`${flavour} ${version}`, () => onLocalMachines(flavour, version));
}
