import type { EngineCredentials, EngineNode, MoveOptions, Shard, ShardedEngine, ShardNodeHealth } from '@holdfast/domain';
import { attachReplica, failOverWithinShard, forgetNode, formCluster, joinCluster } from './cluster-forming.js';
import { shardHealth } from './cluster-health.js';
import { FLAVOURS, type RedisFlavour } from './flavours.js';
import { roleOf } from './role.js';
import { Server } from './server.js';
import { moveToEvenShares } from './slot-moves.js';
import { saveRequired } from './sync.js';

/**
 * Valkey and Redis 7 and newer in cluster mode: data spread over shards by slots, moved while clients write. The servers keep the
 * cluster's state themselves and let a replica take over when its primary is away.
 */
export class RedisShardedEngine implements ShardedEngine {
  private readonly server: Server;

  constructor(private readonly flavour: RedisFlavour) {
    this.server = new Server(FLAVOURS[flavour]);
  }

  async install(node: EngineNode): Promise<void> {
    await this.server.install(node);
  }

  async startEmpty(node: EngineNode, required: number, credentials: EngineCredentials): Promise<void> {
    await saveRequired(node, required);
    if ((await roleOf(node)) === undefined) await this.server.startAs(node, { role: 'member' }, credentials);
    await this.server.start(node, credentials);
  }

  formCluster(shards: readonly Shard[], credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return formCluster(shards, { server: this.server, credentials, signal });
  }

  attachReplica(node: EngineNode, primary: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return attachReplica(node, primary, { server: this.server, credentials, signal });
  }

  async addShard(primary: EngineNode, primaries: readonly EngineNode[], credentials: EngineCredentials, options: MoveOptions): Promise<void> {
    const others = primaries.filter((other) => other.name !== primary.name);
    await joinCluster(primary, others, { server: this.server, credentials, signal: options.signal });
    await moveToEvenShares({ primaries: [...others, primary], takesPart: () => true, credentials, options, together: this.movesTogether(primary) });
  }

  drainShard(primary: EngineNode, others: readonly EngineNode[], credentials: EngineCredentials, options: MoveOptions): Promise<void> {
    const rest = others.filter((other) => other.name !== primary.name);
    return moveToEvenShares({ primaries: [primary, ...rest], takesPart: (node) => node.name !== primary.name, credentials, options, together: this.movesTogether(primary) });
  }

  forgetNode(node: EngineNode, others: readonly EngineNode[], credentials: EngineCredentials): Promise<void> {
    return forgetNode(node, others.filter((other) => other.name !== node.name), credentials);
  }

  spreadEvenly(primaries: readonly EngineNode[], credentials: EngineCredentials, options: MoveOptions): Promise<void> {
    return moveToEvenShares({ primaries, takesPart: () => true, credentials, options, together: this.movesTogether(primaries[0]) });
  }

  shardHealth(node: EngineNode, credentials: EngineCredentials): Promise<ShardNodeHealth> {
    return shardHealth(node, credentials);
  }

  failOverWithinShard(replica: EngineNode, primary: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return failOverWithinShard(replica, primary, credentials, timeoutMs);
  }

  stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return this.server.stopCleanly(node, credentials, timeoutMs);
  }

  start(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return this.server.start(node, credentials);
  }

  private movesTogether(node: EngineNode | undefined): boolean {
    const { movesSlotsFrom } = FLAVOURS[this.flavour];
    return movesSlotsFrom !== undefined && Number(node?.engineVersion) >= movesSlotsFrom;
  }
}
