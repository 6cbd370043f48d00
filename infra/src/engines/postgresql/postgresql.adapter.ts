import type { EngineCredentials, EngineNode, LogPosition, NodeHealth, ReplicatedEngine, SyncPolicy } from '@holdfast/domain';
import { FLAVOURS, type PostgresqlFlavour } from './flavours.js';
import { health } from './health.js';
import { startAsPrimary } from './primary.js';
import { rejoinAsReplica, type RejoinWay } from './rejoin.js';
import { cloneFrom, followUpstream, waitUntilCaughtUp } from './replica.js';
import { type ClientNetworks, defaultClientNetworks, Server } from './server.js';
import { releaseReplica, reserveReplica } from './slots.js';
import { prepareSwitchover, promote, stopCleanly, waitForPosition } from './switchover.js';
import { setSyncPolicy } from './sync.js';

export interface PostgresqlOptions {
  /** Default: PostgreSQL itself. */
  readonly flavour?: PostgresqlFlavour;
  /** Who may connect to a node, by network; default: loopback for nodes on it, else the node's own networks. */
  readonly clientNetworks?: ClientNetworks;
}

/**
 * PostgreSQL 13 and newer with physical streaming replication, on any machine. It works by commands and files on the machine and
 * by SQL as the superuser, and keeps no state but where programs are. See the functions it calls for what each does and throws.
 */
export class PostgresqlEngine implements ReplicatedEngine {
  private readonly server: Server;

  constructor(options: PostgresqlOptions = {}) {
    this.server = new Server(FLAVOURS[options.flavour ?? 'postgresql'], options.clientNetworks ?? defaultClientNetworks);
  }

  async install(node: EngineNode): Promise<void> {
    await this.server.install(node);
  }

  startAsPrimary(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return startAsPrimary(this.server, node, credentials);
  }

  reserveReplica(upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> {
    return reserveReplica(upstream, replicaName, credentials);
  }

  releaseReplica(upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> {
    return releaseReplica(upstream, replicaName, credentials);
  }

  cloneFrom(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return cloneFrom(this.server, node, upstream, credentials, signal);
  }

  followUpstream(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials): Promise<void> {
    return followUpstream(this.server, node, upstream, credentials);
  }

  waitUntilCaughtUp(node: EngineNode, upstream: EngineNode, credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return waitUntilCaughtUp(this.server, node, upstream, credentials, signal);
  }

  setSyncPolicy(node: EngineNode, policy: SyncPolicy, credentials: EngineCredentials): Promise<void> {
    return setSyncPolicy(node, policy, credentials);
  }

  health(node: EngineNode, credentials: EngineCredentials): Promise<NodeHealth> {
    return health(node, credentials);
  }

  prepareSwitchover(primary: EngineNode, candidate: EngineNode, credentials: EngineCredentials): Promise<void> {
    return prepareSwitchover(primary, candidate, credentials);
  }

  /** A server that is stopped writes nothing, and hands out all its log before it is. */
  fence(node: EngineNode, _credentials: EngineCredentials, timeoutMs: number): Promise<LogPosition> {
    return stopCleanly(this.server, node, timeoutMs);
  }

  unfence(node: EngineNode, credentials: EngineCredentials): Promise<void> {
    return this.server.start(node, credentials);
  }

  async stopCleanly(node: EngineNode, _credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    await stopCleanly(this.server, node, timeoutMs);
  }

  waitForPosition(node: EngineNode, position: LogPosition, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return waitForPosition(node, position, credentials, timeoutMs);
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
