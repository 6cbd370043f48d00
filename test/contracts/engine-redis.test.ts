import type { RedisFlavour } from '@holdfast/infra/engines/redis';
import { redisHarness } from './engine-redis.harness.js';
import { redisSpecifics } from './engine-redis.specifics.js';
import { replicatedEngineContract } from './engine.contract.js';
import type { EngineHarness } from './engine.harness.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';

/** One of each, and the oldest: what changed in between is told by these. All are fetched where they are missing. */
const SERVERS: readonly (readonly [RedisFlavour, string])[] = [
  ['valkey', '9'],
  ['redis', '7'],
];
const wanted = process.env['HOLDFAST_TEST_REDIS'];

const onLocalMachines = async (flavour: RedisFlavour, version: string): Promise<EngineHarness> => {
  const local = await localHarness();
  return redisHarness(flavour, version, (name, port) => local.provider.create({ ...request([port], name) }), local.destroy);
};

for (const [flavour, version] of SERVERS) {
  if (wanted !== undefined && wanted !== `${flavour}-${version}`) continue;
  replicatedEngineContract(`${flavour} ${version}`, () => onLocalMachines(flavour, version));
  redisSpecifics(`${flavour} ${version}`, () => onLocalMachines(flavour, version));
}
