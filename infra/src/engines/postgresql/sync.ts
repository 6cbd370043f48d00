import type { EngineCredentials, EngineNode, SyncPolicy } from '@holdfast/domain';
import { renderSyncConfig, synchronousStandbyNames } from './configuration.js';
import { SettingNotInForce } from '../../engine-support/node-errors.js';
import { LAYOUT } from './layout.js';
import { reloadConfiguration, waitUntilInForce } from './replica.js';
import { isInRecovery } from './server.js';
import { withSession } from './sql.js';
import { waitFor } from '../../engine-support/waiting.js';

const IN_FORCE_TIMEOUT_MS = 15_000;

/**
 * Sets which replicas must confirm a commit, and answers when commits obey it. On a replica the setting rests until its
 * promotion.
 */
export const setSyncPolicy = async (node: EngineNode, policy: SyncPolicy, credentials: EngineCredentials): Promise<void> => {
  const names = synchronousStandbyNames(policy);
  await node.machine.writeFile(LAYOUT.syncConfig, renderSyncConfig(policy), { mode: 0o600 });
  await withSession(node, credentials.superuser, async (session) => {
    await reloadConfiguration(session);
    await waitUntilInForce(node, session, 'synchronous_standby_names', names);
    if (await isInRecovery(session)) return;
    const members = policy.required === 0 ? [] : [...policy.among];
    await waitFor(
      async () => {
        // Each sender takes the rule over by itself; those named count once they say so.
        const different = await session.query(
          `select application_name from pg_stat_replication
           where state = 'streaming' and (sync_state = 'quorum') is distinct from (application_name = any($1))`,
          [members],
        );
        return different.length === 0 ? true : undefined;
      },
      {
        timeoutMs: IN_FORCE_TIMEOUT_MS,
        onTimeout: () => new SettingNotInForce(node.name, 'its replication senders did not take over the rule for commits.'),
      },
    );
  });
};
