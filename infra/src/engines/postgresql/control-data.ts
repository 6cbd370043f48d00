import type { LogPosition } from '@holdfast/domain';

/** What pg_control says about a data directory at rest. */
export interface ControlData {
  /** `shut down` (a primary stopped cleanly), `shut down in recovery` (a replica did), `in production` (it was killed), … */
  readonly state: string;
  readonly systemIdentifier: string;
  /** Start of the newest checkpoint record. */
  readonly checkpoint: LogPosition;
  readonly timeline: number;
  /** On a replica: what must be replayed before the files agree; `0/0` on a primary. */
  readonly minRecoveryEnd: LogPosition;
  readonly minRecoveryTimeline: number;
}

/** Thrown when pg_controldata printed something else than expected: a wrong guess here would lose data. */
export class UnreadableControlData extends Error {
  override readonly name = 'UnreadableControlData';
  constructor(readonly missing: string) {
    super(`pg_controldata did not print "${missing}".`);
  }
}

/** Reads what pg_controldata prints with LC_ALL=C; the labels are the same in PostgreSQL 13 to 18. */
export const parseControlData = (output: string): ControlData => {
  const fields = new Map(
    output.split('\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const];
    }),
  );
  const field = (label: string): string => {
    const value = fields.get(label);
    if (value === undefined || value === '') throw new UnreadableControlData(label);
    return value;
  };
  return {
    state: field('Database cluster state'),
    systemIdentifier: field('Database system identifier'),
    checkpoint: field('Latest checkpoint location'),
    timeline: Number(field("Latest checkpoint's TimeLineID")),
    minRecoveryEnd: field('Minimum recovery ending location'),
    minRecoveryTimeline: Number(field("Min recovery ending loc's timeline")),
  };
};

/** True after a stop in good order: nothing lies in the log behind what `restPosition` says. */
export const isCleanlyStopped = (control: ControlData): boolean => control.state === 'shut down' || control.state === 'shut down in recovery';

/** The last position of a directory at rest: the shutdown checkpoint of a primary, the recovery end of a replica. */
export const restPosition = (control: ControlData): LogPosition =>
  control.state === 'shut down in recovery' && control.minRecoveryEnd !== '0/0' ? control.minRecoveryEnd : control.checkpoint;
