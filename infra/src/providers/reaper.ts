import type { Clock, MachineListing, Provider } from '@holdfast/domain';

export interface ReaperOptions {
  /**
   * Ids of all machines that facts know: nodes reserved or present, and endpoints, of every cluster that is not deleted. Asked
   * after the machines were listed, so that one that was made meanwhile is known. When it throws, nothing is touched.
   */
  readonly knownMachineIds: () => Promise<ReadonlySet<string>>;
  /** Whether machines may be removed for good: not after the event store was restored from a backup, until a person has said so. */
  readonly mayRemove: () => Promise<boolean>;
  readonly clock: Clock;
  /** Younger machines are let be: they may be in creation. Default 30 minutes. */
  readonly ageMinMs?: number;
  /** Time in quarantine after which a machine is removed with its data. Default 72 hours. */
  readonly graceMs?: number;
  /** More unknown machines than this at once mean that facts are missing, not that machines are left over. Default 10. */
  readonly quarantineMax?: number;
}

const AGE_MIN_MS = 30 * 60_000;
const GRACE_MS = 72 * 60 * 60_000;
const QUARANTINE_MAX = 10;

/** What one look found and did. Each machine is in at most one list. */
export interface ReaperReport {
  /** Stopped and set aside now. */
  readonly quarantined: readonly MachineListing[];
  /** Removed with their data now. */
  readonly removed: readonly MachineListing[];
  /** In quarantine, to be removed when their time has come (and when that is allowed). */
  readonly waiting: readonly MachineListing[];
  /** In quarantine although facts know them: a person must look. */
  readonly wanted: readonly MachineListing[];
  /** Unknown and running on, since they are suspiciously many. */
  readonly tooMany: readonly MachineListing[];
  readonly failed: readonly { readonly machine: MachineListing; readonly error: unknown }[];
}

/**
 * Looks once for machines that no fact knows. Running ones are stopped and set aside with their data; only those that have been set
 * aside for the grace time are removed. One that fails does not keep the others from being dealt with.
 */
export const reap = async (provider: Provider, options: ReaperOptions): Promise<ReaperReport> => {
  const now = options.clock.now().getTime();
  const machines = await provider.list();
  const known = await options.knownMachineIds();
  const isKnown = ({ machineId }: MachineListing): boolean => known.has(machineId);
  const present = machines.filter((machine) => machine.state === 'present' && !isKnown(machine) && now - Date.parse(machine.createdAt) >= (options.ageMinMs ?? AGE_MIN_MS));
  const setAside = machines.filter((machine) => machine.state === 'quarantined');
  const isSuspicious = present.length > (options.quarantineMax ?? QUARANTINE_MAX);
  const mayRemove = await options.mayRemove();
  const unknown = setAside.filter((machine) => !isKnown(machine));
  const isDue = (machine: MachineListing): boolean => mayRemove && hasWaited(machine, now, options.graceMs ?? GRACE_MS);

  const failed: ReaperReport['failed'][number][] = [];
  const each = async (chosen: readonly MachineListing[], act: (machineId: string) => Promise<void>): Promise<MachineListing[]> => {
    const done: MachineListing[] = [];
    for (const machine of chosen) {
      try {
        await act(machine.machineId);
        done.push(machine);
      } catch (error) {
        failed.push({ machine, error });
      }
    }
    return done;
  };
  return {
    quarantined: await each(isSuspicious ? [] : present, (machineId) => provider.quarantine(machineId)),
    removed: await each(unknown.filter(isDue), (machineId) => provider.destroy(machineId)),
    waiting: unknown.filter((machine) => !isDue(machine)),
    wanted: setAside.filter(isKnown),
    tooMany: isSuspicious ? present : [],
    failed,
  };
};

/** A machine whose mark is missing or unreadable has not begun to wait. */
const hasWaited = ({ quarantinedAt }: MachineListing, now: number, graceMs: number): boolean => now - Date.parse(quarantinedAt ?? '') >= graceMs;
