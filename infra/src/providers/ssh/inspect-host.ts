import { MachineUnreachable, type HostMeasures, type HostProblem } from '@holdfast/domain';
import { TransportFailed } from '../debian/transport.js';
import { parseMarker, type HostMarker } from './host-marker.js';
import { INSPECT } from './host-scripts.js';
import { askHost } from './host-session.js';
import { SshConnectFailed } from './ssh-connection.js';
import type { SshTransport } from './ssh-transport.js';

const ASK_MS = 30_000;
/** A marker that is no marker is somebody's all the same. */
const UNREADABLE: HostMarker = { machineId: 'unknown', clusterId: 'unknown', name: 'unknown', ports: [], createdAt: 'unknown', owner: 'unknown' };

export interface HostLook {
  readonly measured: HostMeasures;
  readonly marker: HostMarker | undefined;
  /** Another one after each start of its system: the kernel's own, and when process 1 began, which alone tells it of a container. */
  readonly bootId: string;
}

/** Looks at a host and changes nothing. Throws TransportFailed and MachineUnreachable. */
export const inspectHost = async (transport: SshTransport, timeoutMs = ASK_MS): Promise<HostLook> => {
  const { stdout } = await askHost(transport, { script: INSPECT, as: 'login', timeoutMs });
  const said = new Map(stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()] as const));
  const markerLine = said.get('marker');
  const marker = markerLine === undefined ? undefined : (parseMarker(markerLine) ?? UNREADABLE);
  // After the first question, so that the time of connecting is not in it.
  const clock = await measureClock(transport, timeoutMs);
  return { measured: { ...measuresOf(said), ...clock, ...(marker === undefined ? {} : { marker: labelsOf(marker) }) }, marker, bootId: said.get('boot') ?? '' };
};

/** Why it cannot even be looked at; undefined for what is no fault of the host. */
export const problemOf = (error: unknown): HostProblem | undefined => {
  if (error instanceof SshConnectFailed) return { code: error.code, detail: error.message };
  if (error instanceof TransportFailed || error instanceof MachineUnreachable) return { code: 'host-unreachable', detail: error.message };
  return undefined;
};

const labelsOf = ({ machineId, clusterId, owner }: HostMarker): NonNullable<HostMeasures['marker']> => ({ machineId, clusterId, owner });

const measuresOf = (said: ReadonlyMap<string, string>): HostMeasures => ({
  ...word('system', said.get('system')),
  ...word('systemVersion', said.get('version')),
  hasSystemd: said.get('systemd') === 'yes',
  becomesRoot: said.get('root') === 'yes',
  ...figure('diskFreeBytes', said.get('disk'), 1),
  ...figure('cpuCount', said.get('cpus'), 1),
  ...figure('memoryBytes', said.get('memory'), 1024),
});

const word = <K extends string>(key: K, text: string | undefined): Partial<Record<K, string>> => {
  const value = text?.replaceAll(/["']/g, '') ?? '';
  return /^[A-Za-z0-9._-]{1,40}$/.test(value) ? ({ [key]: value } as Record<K, string>) : {};
};

const figure = <K extends string>(key: K, text: string | undefined, unit: number): Partial<Record<K, number>> =>
  /^\d{1,17}$/.test(text ?? '') ? ({ [key]: Number(text) * unit } as Record<K, number>) : {};

/** As in NTP (RFC 5905, 8): the offset against the middle of the question, wrong by at most half its time. */
const measureClock = async (transport: SshTransport, timeoutMs: number): Promise<Pick<HostMeasures, 'clockOffsetMs' | 'clockUncertaintyMs'>> => {
  const asked = Date.now();
  const { stdout } = await askHost(transport, { script: 'date +%s%3N', as: 'login', timeoutMs });
  const answered = Date.now();
  const theirs = /^\d{1,16}$/.test(stdout.trim()) ? Number(stdout.trim()) : undefined;
  if (theirs === undefined) return {};
  return { clockOffsetMs: Math.round(theirs - (asked + answered) / 2), clockUncertaintyMs: Math.ceil((answered - asked) / 2) };
};
