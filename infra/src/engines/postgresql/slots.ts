import type { EngineCredentials, EngineNode } from '@holdfast/domain';
import { WrongNodeState } from '../../engine-support/node-errors.js';
import { slotNameOf } from './layout.js';
import { errorCode, type Session, SQLSTATE, withSession } from './sql.js';
import { waitFor } from '../../engine-support/waiting.js';

/** A slot is free a moment after its sender was told to end. */
const RELEASE_TIMEOUT_MS = 15_000;

type SlotRow = { readonly active_pid: number | null; readonly wal_status: string | null };

const findSlot = async (session: Session, slot: string): Promise<SlotRow | undefined> =>
  (await session.query<SlotRow>('select active_pid, wal_status from pg_replication_slots where slot_name = $1', [slot]))[0];

/**
 * A physical slot that keeps the log from now on. One whose log is lost already (the replica was away for too long) is made
 * anew: it would refuse the replica for ever.
 */
export const reserveReplica = async (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> => {
  const slot = slotNameOf(replicaName);
  await withSession(upstream, credentials.superuser, async (session) => {
    const found = await findSlot(session, slot);
    if (found && found.wal_status !== 'lost') return;
    if (found) await dropSlot(upstream, session, slot);
    try {
      await session.query('select pg_create_physical_replication_slot($1, true)', [slot]);
    } catch (error) {
      if (errorCode(error) !== SQLSTATE.duplicateObject) throw error;
    }
  });
};

/** The slot, not used by anybody: what a killed copy left connected is disconnected. */
export const claimSlot = async (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<string> => {
  const slot = slotNameOf(replicaName);
  await reserveReplica(upstream, replicaName, credentials);
  await withSession(upstream, credentials.superuser, (session) =>
    waitFor(
      async () => {
        const found = await findSlot(session, slot);
        if (found?.active_pid == null) return true;
        await session.query('select pg_terminate_backend($1)', [found.active_pid]);
        return undefined;
      },
      { timeoutMs: RELEASE_TIMEOUT_MS, onTimeout: () => staysInUse(upstream, slot) },
    ),
  );
  return slot;
};

const staysInUse = (upstream: EngineNode, slot: string): Error => new WrongNodeState(upstream.name, `its replication slot ${slot} stays in use.`);

/** Removes the slot; a replica that still uses it is disconnected first. Nothing to do when there is none. */
export const releaseReplica = async (upstream: EngineNode, replicaName: string, credentials: EngineCredentials): Promise<void> => {
  await withSession(upstream, credentials.superuser, (session) => dropSlot(upstream, session, slotNameOf(replicaName)));
};

const dropSlot = async (upstream: EngineNode, session: Session, slot: string): Promise<void> => {
  await waitFor(
    async () => {
      const found = await findSlot(session, slot);
      if (!found) return true;
      if (found.active_pid !== null) await session.query('select pg_terminate_backend($1)', [found.active_pid]);
      try {
        await session.query('select pg_drop_replication_slot($1)', [slot]);
        return true;
      } catch (error) {
        // Still in use, or the replica was faster and is connected again; or gone already.
        if (errorCode(error) !== SQLSTATE.objectInUse && errorCode(error) !== SQLSTATE.undefinedObject) throw error;
        return undefined;
      }
    },
    { timeoutMs: RELEASE_TIMEOUT_MS, onTimeout: () => staysInUse(upstream, slot) },
  );
};
