import type { EngineCredentials, EngineNode, GroupStart, MemberHealth, MultiPrimaryEngine } from '@holdfast/domain';
import { memberHealth } from './health.js';
import { bootstrapGroup, joinGroup, rememberMembers } from './joining.js';
import { MemberServer } from './member-server.js';
import { startGroup } from './whole-start.js';

/**
 * MySQL 8.4 and newer as a group by Group Replication in its multi-primary mode, on any machine. It works by files and programs on
 * the machine and by SQL as the superuser, and keeps no state but where programs are. See the functions it calls for what each does
 * and throws.
 */
export class GroupReplicationEngine implements MultiPrimaryEngine {
  private readonly server = new MemberServer();

  async install(node: EngineNode): Promise<void> {
    await this.server.programs.install(node);
  }

  bootstrapGroup(node: EngineNode, members: readonly EngineNode[], credentials: EngineCredentials): Promise<void> {
    return bootstrapGroup({ server: this.server, node, members, credentials });
  }

  joinGroup(node: EngineNode, members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<void> {
    return joinGroup({ server: this.server, node, members, credentials }, signal);
  }

  rememberMembers(node: EngineNode, members: readonly EngineNode[], credentials: EngineCredentials): Promise<void> {
    return rememberMembers({ server: this.server, node, members, credentials });
  }

  leaveGroup(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return this.server.stop(node, credentials, timeoutMs);
  }

  memberHealth(node: EngineNode, credentials: EngineCredentials): Promise<MemberHealth> {
    return memberHealth(node, credentials);
  }

  stop(node: EngineNode, credentials: EngineCredentials, timeoutMs: number): Promise<void> {
    return this.server.stop(node, credentials, timeoutMs);
  }

  startGroup(members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<GroupStart> {
    return startGroup(this.server, members, credentials, signal);
  }
}
