/** What was found on a server; a figure is absent where the look did not get so far. */
export interface HostMeasures {
  /** `ID` and `VERSION_ID` of os-release(5): `debian`, `12`. */
  readonly system?: string;
  readonly systemVersion?: string;
  /** Whether commands can be run as root without a password: as root itself, or by `sudo -n`. */
  readonly becomesRoot?: boolean;
  /** Bytes that are free where machines' data lie. */
  readonly diskFreeBytes?: number;
  /** Its clock minus ours in milliseconds, and how far that may be wrong: half the time of the question. */
  readonly clockOffsetMs?: number;
  readonly clockUncertaintyMs?: number;
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
  /** The machine whose marker it carries. */
  readonly marker?: { readonly machineId: string; readonly clusterId: string; readonly owner: string };
  /** Services of systemd can be had: it is process 1. */
  readonly hasSystemd?: boolean;
}

export type HostProblemCode =
  | 'host-unreachable'
  | 'host-login-refused'
  | 'host-key-changed'
  | 'host-system-unsupported'
  | 'host-without-systemd'
  | 'host-without-root'
  | 'host-disk-too-small'
  | 'host-clock-off'
  | 'host-taken';

/** Why it cannot be used: a stable code, and a sentence that says what would be allowed. */
export interface HostProblem {
  readonly code: HostProblemCode;
  readonly detail: string;
}

/** Systems that packages and services are made for, by their id in os-release(5). */
export const HOST_SYSTEMS: readonly string[] = ['debian', 'ubuntu'];

/** Beyond this, times in logs, certificates and tokens are wrong. */
export const HOST_CLOCK_OFFSET_MS_MAX = 30_000;

/** Where a host carries the labels of its machine. */
export const MARKER_PATH = '/var/lib/holdfast/machine.json';

const GIB = 1024 ** 3;
/** The smallest plan's disk is 10 GiB; a system and an engine's packages take about half of what is left below it. */
export const HOST_DISK_FREE_BYTES_MIN = 5 * GIB;

export interface ExpectedMachine {
  readonly machineId: string;
  readonly owner: string;
}

/** Everything that keeps a server that answers from being used. `expected` is the machine, of this installation, that its marker may name. */
export const judgeHost = (measured: HostMeasures, expected?: ExpectedMachine): readonly HostProblem[] => [
  ...judgeSystem(measured),
  ...judgeRoot(measured),
  ...judgeDisk(measured),
  ...judgeClock(measured),
  ...judgeMarker(measured, expected),
];

const judgeSystem = ({ system, systemVersion, hasSystemd }: HostMeasures): HostProblem[] => {
  if (system === undefined || !HOST_SYSTEMS.includes(system)) {
    const found = system === undefined ? 'It does not say what it is in /etc/os-release' : `It runs ${[system, systemVersion].filter((word) => word !== undefined).join(' ')}`;
    return [{ code: 'host-system-unsupported', detail: `${found}; Debian or Ubuntu is needed.` }];
  }
  if (hasSystemd === false) return [{ code: 'host-without-systemd', detail: 'Its process 1 is not systemd, which keeps the servers running.' }];
  return [];
};

const judgeRoot = ({ becomesRoot }: HostMeasures): HostProblem[] =>
  becomesRoot === true ? [] : [{ code: 'host-without-root', detail: 'Its user is not root, and sudo asks for a password or is not there. Allow it: USER ALL=(ALL) NOPASSWD: ALL.' }];

const judgeDisk = ({ diskFreeBytes }: HostMeasures): HostProblem[] =>
  diskFreeBytes !== undefined && diskFreeBytes >= HOST_DISK_FREE_BYTES_MIN
    ? []
    : [{ code: 'host-disk-too-small', detail: `${gib(diskFreeBytes ?? 0)} GiB are free under /var/lib; at least ${gib(HOST_DISK_FREE_BYTES_MIN)} GiB are needed.` }];

const judgeClock = ({ clockOffsetMs = 0, clockUncertaintyMs = 0 }: HostMeasures): HostProblem[] => {
  // What the question's own time may explain is not held against it.
  if (Math.abs(clockOffsetMs) - clockUncertaintyMs <= HOST_CLOCK_OFFSET_MS_MAX) return [];
  const measured = `${seconds(Math.abs(clockOffsetMs))} s ${clockOffsetMs > 0 ? 'ahead' : 'behind'} (measured within ${seconds(clockUncertaintyMs)} s)`;
  return [{ code: 'host-clock-off', detail: `Its clock is ${measured}; at most ${HOST_CLOCK_OFFSET_MS_MAX / 1000} s are allowed. Run a time service on it, such as systemd-timesyncd.` }];
};

const judgeMarker = ({ marker }: HostMeasures, expected: ExpectedMachine | undefined): HostProblem[] =>
  marker === undefined || (marker.machineId === expected?.machineId && marker.owner === expected.owner)
    ? []
    : [{ code: 'host-taken', detail: `It carries the marker of machine ${marker.machineId} of cluster ${marker.clusterId}. A host serves one machine; remove that node first; if its control plane is gone for good, remove ${MARKER_PATH} on the host.` }];

const gib = (bytes: number): string => (bytes / GIB).toFixed(1);
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
