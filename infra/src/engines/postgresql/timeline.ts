import type { LogPosition } from '@holdfast/domain';
import { type ControlData, isCleanlyStopped, restPosition } from './control-data.js';
import { compareLsn } from './lsn.js';

/** One line of a timeline history file: `timeline` ended, and the next began, at `switchedAt`. */
export interface TimelineSwitch {
  readonly timeline: number;
  readonly switchedAt: LogPosition;
}

/** Reads `0000000N.history`: tab-separated timeline, LSN and reason; blank lines and `#` comments are allowed in it. */
export const parseTimelineHistory = (text: string): TimelineSwitch[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [timeline = '', switchedAt = ''] = line.split(/\s+/);
      return { timeline: Number(timeline), switchedAt };
    });

/** What the upstream's log looks like, as far as a node that wants to follow it must know. */
export interface UpstreamLog {
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly history: readonly TimelineSwitch[];
  readonly position: LogPosition;
}

/** `prefix`: the node's log is a beginning of the upstream's. `diverged`: it has more than that. `foreign`: another database. */
export type LogRelation = 'prefix' | 'diverged' | 'foreign';

/**
 * Compares a directory at rest with its new upstream.
 *
 * After a clean stop the shutdown checkpoint is the newest record, and its *start* is what pg_control knows; a timeline
 * switches at the *end* of a record. So the log is a prefix only when the checkpoint starts strictly before the switch; a
 * replica's recovery end is an end itself and may be equal. After a crash nobody knows how far the log goes: diverged.
 */
export const relationOf = (control: ControlData, upstream: UpstreamLog): LogRelation => {
  if (control.systemIdentifier !== upstream.systemIdentifier) return 'foreign';
  const wasReplica = control.state === 'shut down in recovery' || control.state === 'in archive recovery';
  if (!wasReplica && !isCleanlyStopped(control)) return 'diverged';
  const timeline = wasReplica && control.minRecoveryTimeline > 0 ? control.minRecoveryTimeline : control.timeline;
  const end = timeline === upstream.timeline ? upstream.position : upstream.history.find((entry) => entry.timeline === timeline)?.switchedAt;
  if (end === undefined) return 'diverged';
  const order = compareLsn(restPosition(control), end);
  return order < 0 || (wasReplica && order === 0) ? 'prefix' : 'diverged';
};
