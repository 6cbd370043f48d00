import type { EngineCredentials, EngineNode, SyncPolicy } from '@holdfast/domain';
import { renderRequired, renderSync, syncSettings } from './configuration.js';
import { LAYOUT } from './layout.js';
import { withSession } from './session.js';

/**
 * A primary refuses writes while fewer than `required` replicas confirmed anything in the last seconds. Which replicas these are
 * cannot be said, only how many. On a replica the rule rests until its promotion.
 *
 * The server still acknowledges a write before a replica has it: a client that must know sends WAIT after it.
 */
export const setSyncPolicy = async (node: EngineNode, policy: SyncPolicy, credentials: EngineCredentials): Promise<void> => {
  const settings = syncSettings(policy);
  await node.machine.writeFile(LAYOUT.sync, renderSync(policy), { mode: 0o600 });
  await withSession(node, credentials.superuser, (session) => session.ask('CONFIG', 'SET', ...settings.flat()));
};

/** The same rule for a node of a shard, which has it from its first start on: it rests while the node copies another, and holds from the moment it takes over. */
export const saveRequired = (node: EngineNode, required: number): Promise<void> => node.machine.writeFile(LAYOUT.sync, renderRequired(required), { mode: 0o600 });
