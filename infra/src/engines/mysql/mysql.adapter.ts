import type { EngineCredentials, EngineNode, LogPosition, NodeHealth, ReplicatedEngine, SyncPolicy } from '@holdfast/domain';
import { releaseReplica, reserveReplica } from './accounts.js';
import { cloneFrom } from './clone.js';
import type { Dialect } from './dialect.js';
import { health } from './health.js';
import { promote, setSyncPolicy, startAsPrimary } from './primary.js';
import { rejoinAsReplica } from './rejoin.js';
import { followUpstream, waitUntilCaughtUp } from './replica.js';
import type { RejoinWay } from './role.js';
import { Server } from './server.js';
import { fence, prepareSwitchover, unfence, waitForPosition } from './switchover.js';

/**
 * MariaDB or MySQL with replication by transaction identifiers, on any machine: one driver, and a dialect for what they do differently. It works by files and programs on the machine
 * and by SQL as the superuser, and keeps no state but where programs are. See the functions it calls for what each does and throws.
 */
export class MysqlEngine implements ReplicatedEngine {
  private readonly server: Server;

  constructor(private readonly dialect: Dialect) {
    this.server = new Server(dialect);
  }

  async install(node: EngineNode): Promise<void> {
    await this.server.install(node);
  }

  startAsPrimary(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return startAsPrimary(this.server, node, credentials);
  }

  reserveReplica(upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> {
    return reserveReplica(this.dialect, upstream, replicaName, credentials);
  }

  releaseReplica(upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> {
    return releaseReplica(this.dialect, upstream, replicaName, credentials);
  }

  cloneFrom(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return cloneFrom({ server: this.server, node, upstream, credentials, signal });
  }

  followUpstream(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> {
    return followUpstream(this.server, node, upstream, credentials);
  }

  waitUntilCaughtUp(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return waitUntilCaughtUp(this.dialect, node, upstream, credentials, signal);
  }

  setSyncPolicy(node: EngineNode, policy: SyncPolicy, credentials: EngineCredentials): Promise<void> {
    return setSyncPolicy(this.server, node, policy, credentials);
  }

  health(node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth> {
    return health(this.dialect, node, credentials);
  }

  prepareSwitchover(primary: EngineNode, candidate: EngineNode, credentials: EngineCredentials): Promise<void> {
    return prepareSwitchover(this.dialect, primary, candidate, credentials);
  }

  fence(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<LogPosition> {
    return fence(this.server, node, credentials, timeoutMs);
  }

  unfence(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return unfence(this.server, node, credentials);
  }

  waitForPosition(node: EngineNode, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return waitForPosition(this.dialect, node, position, credentials, timeoutMs);
  }

  stopCleanly(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return this.server.stopCleanly(node, credentials, timeoutMs);
  }

  start(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return this.server.start(node, credentials);
  }

  promote(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return promote(this.server, node, credentials);
  }

  rejoinAsReplica(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<{ way: RejoinWay }> {
    return rejoinAsReplica({ server: this.server, node, upstream, credentials, signal });
  }
}
