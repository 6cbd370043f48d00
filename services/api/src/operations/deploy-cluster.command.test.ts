import { describe, expect, it } from '@jest/globals';
import { completeDeployment } from './deploy-cluster.command.js';

const shapeOf = (input: Partial<Parameters<typeof completeDeployment>[0]>): unknown => {
  const { mode, nodes, shards, replicasPerShard } = completeDeployment({ name: 'shop', engine: 'valkey', ...input });
  return { mode, nodes, shards, replicasPerShard };
};

describe('what a deployment leaves out', () => {
  it.each([
    [{}, { mode: 'single', nodes: 1 }],
    [{ nodes: 3 }, { mode: 'primary-replica', nodes: 3 }],
    [{ mode: 'multi-primary' }, { mode: 'multi-primary', nodes: 3 }],
    [{ mode: 'multi-primary', nodes: 2 }, { mode: 'multi-primary', nodes: 2 }],
    [{ mode: 'sharded' }, { mode: 'sharded', nodes: 6, shards: 3, replicasPerShard: 1 }],
    [{ shards: 4 }, { mode: 'sharded', nodes: 8, shards: 4, replicasPerShard: 1 }],
    [{ mode: 'sharded', nodes: 9, replicasPerShard: 2 }, { mode: 'sharded', nodes: 9, shards: 3, replicasPerShard: 2 }],
    [{ mode: 'sharded', nodes: 7 }, { mode: 'sharded', nodes: 7, shards: 3, replicasPerShard: 1 }],
    [{ shards: 3, replicasPerShard: 0 }, { mode: 'sharded', nodes: 3, shards: 3, replicasPerShard: 0 }],
    [{ mode: 'single', shards: 3 }, { mode: 'single', nodes: 1, shards: 3 }],
    [{ mode: 'primary-replica', nodes: 2, replicasPerShard: 1 }, { mode: 'primary-replica', nodes: 2, replicasPerShard: 1 }],
  ] as const)('of %j is %j', (input, shape) => {
    expect(shapeOf(input)).toEqual(shape);
  });
});
