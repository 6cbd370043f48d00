import type { EngineCredentials, EngineNode, SyncPolicy } from '@holdfast/domain';
import { PromotionTimedOut, ReplicaNotReady, WrongNodeState } from '../../engine-support/node-errors.js';
import { waitFor } from '../../engine-support/waiting.js';
import { ensureApplication } from './accounts.js';
import { type Role, roleOf } from './role.js';
import { applyRole, type Server } from './server.js';
import { type Session, withSession } from './session.js';
import { readState } from './state.js';

/** What was received but not applied yet is applied first, and that can be much after a failover. */
const APPLY_TIMEOUT_MS = 10 * 60_000;

/** A new, empty primary, or the one that is there. A node that is a replica stays one. */
export const startAsPrimary = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const role = await roleOf(node);
  if (role !== undefined && role.role !== 'primary') throw new WrongNodeState(node.name, `it is ${role.role === 'replica' ? 'a replica' : 'fenced'}; it can only be promoted.`);
  if (role === undefined) {
    await server.initialise(node);
    await server.saveRole(node, { role: 'primary', requiredAcks: 0 });
  }
  await server.start(node, credentials);
  await withSession(server.dialect, node, credentials.superuser, (session) => ensureApplication(session, credentials));
};

const withoutPast = ({ requiredAcks }: Role): Role => ({ role: 'primary', requiredAcks });

/**
 * Makes a replica the primary: what it received is applied, then it forgets its upstream. The file is written before the server
 * takes writes: one that restarts then comes back as the primary.
 */
export const promote = async (server: Server, node: EngineNode, credentials: EngineCredentials): Promise<void> => {
  const role = await roleOf(node);
  if (role === undefined || role.seed !== undefined) throw new WrongNodeState(node.name, 'it holds no data that was ever up to date.');
  await withSession(server.dialect, node, credentials.superuser, async (session) => {
    await applyReceived(session, node);
    await session.query('STOP REPLICA');
    await session.query('RESET REPLICA ALL');
    if (role.role !== 'primary') await server.saveRole(node, withoutPast(role));
    await applyRole(session, withoutPast(role));
  });
};

/** Throws ReplicaNotReady where it cannot apply what it received: what is missing then was perhaps acknowledged. */
const applyReceived = async (session: Session, node: EngineNode): Promise<void> => {
  if ((await readState(session)).upstream === undefined) return;
  await session.query('STOP REPLICA IO_THREAD');
  await session.query('START REPLICA SQL_THREAD');
  await waitFor(
    async () => {
      const { upstream, position } = await readState(session);
      if (upstream === undefined || session.dialect.hasReached(position, upstream.received)) return true;
      if (upstream.applyError !== 0) throw new ReplicaNotReady(node.name, `it cannot apply all that it received: ${upstream.problem}`);
      return undefined;
    },
    { timeoutMs: APPLY_TIMEOUT_MS, onTimeout: () => new PromotionTimedOut(node.name, 'it has not applied all that it received.') },
  );
};

/** On a replica the rule rests until its promotion. */
export const setSyncPolicy = async (server: Server, node: EngineNode, policy: SyncPolicy, credentials: EngineCredentials): Promise<void> => {
  const requiredAcks = server.dialect.requiredAcksOf(policy);
  const role = await roleOf(node);
  if (role === undefined) throw new WrongNodeState(node.name, 'it has no data yet.');
  const next = { ...role, requiredAcks };
  await server.saveRole(node, next);
  await withSession(server.dialect, node, credentials.superuser, (session) => applyRole(session, next));
};
