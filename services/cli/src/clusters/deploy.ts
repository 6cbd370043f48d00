import { InvalidArgumentError, Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { operationOptions, requestOperation, type OperationOptions } from '../client/operation-command.js';
import type { Leaf } from '../leaf.js';

interface DeployOptions extends OperationOptions {
  readonly engine: string;
  readonly version?: string;
  readonly mode?: 'single' | 'primary-replica' | 'multi-primary' | 'sharded';
  readonly nodes?: number;
  readonly shards?: number;
  readonly replicasPerShard?: number;
  readonly provider?: string;
  readonly region?: string;
  readonly plan?: string;
  readonly sync?: boolean;
  readonly support?: 1 | 2 | 3;
}

/** The catalogue judges it; here it only has to be a number. */
const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is a number.');
  return value;
};

const supportLevel = (text: string): 1 | 2 | 3 => {
  if (text === '1' || text === '2' || text === '3') return Number(text) as 1 | 2 | 3;
  throw new InvalidArgumentError('It is 1, 2 or 3.');
};

export const deployCluster: Leaf<DeployOptions> = {
  usage: 'deploy <name>',
  summary: 'Deploy a new cluster',
  examples: [
    './holdfast clusters deploy shop --engine postgresql --nodes 3',
    './holdfast clusters deploy shop --engine postgresql --version 18 --nodes 3 --sync --plan-only',
    './holdfast clusters deploy cache --engine valkey --shards 3 --replicas-per-shard 1',
    './holdfast clusters deploy shop --engine postgresql --nodes 3 --plan-hash 4f1c… --wait --json',
  ],
  options: [
    new Option('--engine <engine>', 'see: ./holdfast catalogue engines').makeOptionMandatory(),
    new Option('--version <major>', "the engine's version; its newest by default"),
    new Option('--mode <mode>', 'how the nodes share the work; by their number by default').choices(['single', 'primary-replica', 'multi-primary', 'sharded']),
    new Option('--nodes <count>', 'how many nodes; as few as the mode allows by default').argParser(number),
    new Option('--shards <count>', 'how many shards, at least 3; for mode sharded').argParser(number),
    new Option('--replicas-per-shard <count>', 'replicas of each shard, for mode sharded (default: 1)').argParser(number),
    new Option('--provider <provider>', 'where the machines come from (default: local)'),
    new Option('--region <region>', "the provider's first by default"),
    new Option('--plan <size>', 'size of the machines, see: ./holdfast catalogue plans'),
    new Option('--sync', 'a commit waits for one replica'),
    new Option('--support <level>', 'support level 1, 2 or 3').argParser(supportLevel),
    ...operationOptions(),
  ],
  run: async (context, [name = ''], options) => {
    const api = new HoldfastApi(context);
    const input = {
      name,
      engine: options.engine,
      ...(options.version === undefined ? {} : { version: options.version }),
      ...(options.mode === undefined ? {} : { mode: options.mode }),
      ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
      ...(options.shards === undefined ? {} : { shards: options.shards }),
      ...(options.replicasPerShard === undefined ? {} : { replicasPerShard: options.replicasPerShard }),
      ...(options.sync === true ? { replication: 'sync' as const } : {}),
      ...(options.provider === undefined ? {} : { provider: options.provider }),
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.plan === undefined ? {} : { plan: options.plan }),
      ...(options.support === undefined ? {} : { supportLevel: options.support }),
    };
    return requestOperation(
      context,
      api,
      {
        plan: () => api.answer(api.http.POST('/v1/plans', { body: { operation: 'deploy-cluster', input } })),
        submit: (agreement) => api.answer(api.http.POST('/v1/clusters', { body: { ...input, ...agreement } })),
      },
      options,
    );
  },
};
