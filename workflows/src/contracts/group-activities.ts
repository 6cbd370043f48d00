import type { StepContext } from './activity-context.js';

/**
 * What the driver of a group does in which every node takes writes. `memberIds` is always the whole group as it shall be; the
 * rest comes from the cluster's facts.
 */
export interface GroupActivities {
  /** Begins the group; generates the passwords where there are none. Fact MemberJoined. */
  bootstrapGroup(context: StepContext, nodeId: string, memberIds: readonly string[]): Promise<void>;
  /** The node gets the group's state and takes writes. Fact MemberJoined. */
  joinGroup(context: StepContext, nodeId: string, memberIds: readonly string[]): Promise<void>;
  /** Each of `nodeIds` that runs learns who belongs to the group, without a restart. */
  rememberMembers(context: StepContext, nodeIds: readonly string[], memberIds: readonly string[]): Promise<void>;
  /** The node says goodbye and stops; one whose machine is gone has nothing to say. */
  leaveGroup(context: StepContext, nodeId: string): Promise<void>;
  /** Throws `verification-failed` unless each of them takes writes, has a quorum, and sees exactly these. */
  verifyGroup(context: StepContext, memberIds: readonly string[]): Promise<void>;
  /** Throws `quorum-at-risk` unless those who stay take writes and are, alone, more than half of the group that they see. */
  preflightLeave(context: StepContext, stayingIds: readonly string[]): Promise<void>;
  /**
   * For a member that is lost: throws `member-serves` where it is in the group, `member-still-in-group` where one of the others
   * counts it, and `quorum-lost` unless those of the others that serve are more than half of all, it included.
   */
  preflightLost(context: StepContext, lostId: string, stayingIds: readonly string[]): Promise<void>;
  /** Each of them that serves learns that they are the group; another that is lost, too, is told nothing, and is taken out by itself. */
  forgetLost(context: StepContext, stayingIds: readonly string[]): Promise<void>;
  /** Starts a group that was stopped as a whole, from the member that has the most. */
  startGroup(context: StepContext, memberIds: readonly string[]): Promise<void>;
}
