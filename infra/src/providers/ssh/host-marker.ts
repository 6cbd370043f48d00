import { MARKER_PATH, type MachineRequest } from '@holdfast/domain';

/** What a host carries of the machine that it serves. */
export interface HostMarker {
  readonly machineId: string;
  readonly clusterId: string;
  readonly name: string;
  readonly ports: readonly number[];
  readonly createdAt: string;
  /** The installation of Holdfast that the machine belongs to. */
  readonly owner: string;
  /** Since when it is set aside. */
  readonly quarantinedAt?: string;
}

export const markerFor = ({ machineId, clusterId, name, ports }: MachineRequest, owner: string, createdAt: string): HostMarker => ({
  ...{ machineId, clusterId, name, ports, createdAt, owner },
});

/** One line, its members in one order, so that a shell can compare it whole. */
export const markerText = ({ machineId, clusterId, name, ports, createdAt, owner, quarantinedAt }: HostMarker): string =>
  `${JSON.stringify({ machineId, clusterId, name, ports, createdAt, owner, quarantinedAt })}\n`;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 200;
const isPort = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);

/** Undefined for what is no marker. It comes from a stranger: nothing but what is expected is taken over. */
export const parseMarker = (text: string): HostMarker | undefined => {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined; // Half written by a hand; judged by whoever asks.
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { machineId, clusterId, name, ports, createdAt, owner, quarantinedAt } = read as Record<string, unknown>;
  if (!isText(machineId) || !isText(clusterId) || !isText(name) || !isText(createdAt) || !isText(owner)) return undefined;
  return {
    ...{ machineId, clusterId, name, createdAt, owner },
    ports: Array.isArray(ports) ? ports.filter(isPort) : [],
    ...(isText(quarantinedAt) ? { quarantinedAt } : {}),
  };
};

/**
 * All scripts run by `sh -c SCRIPT sh ARGUMENTS`; none has anything built into it. The marker is put in place by a link, which fails
 * where there is one already: of two that write at the same time, one wins.
 */
export const WRITE_MARKER = `set -eu
umask 022
[ ! -e ${MARKER_PATH} ] || exit 17
mkdir -p /var/lib/holdfast/before
# What is there before us, so that what we bring can be taken away again.
dpkg-query --show --showformat='\${Package}\\n' | sort -u > /var/lib/holdfast/before/packages
getent passwd | cut -d : -f 1 > /var/lib/holdfast/before/accounts
getent group | cut -d : -f 1 > /var/lib/holdfast/before/groups
draft=$(mktemp /var/lib/holdfast/.machine.XXXXXX)
trap 'rm -f "$draft"' EXIT
cat > "$draft"
chmod 644 "$draft"
sync "$draft"
ln "$draft" ${MARKER_PATH} 2> /dev/null || exit 17`;

/** Exit code of WRITE_MARKER where there is one already. */
export const MARKER_IS_THERE = 17;

/** In place of the one that is there. */
export const REPLACE_MARKER = `set -eu
umask 022
draft=$(mktemp /var/lib/holdfast/.machine.XXXXXX)
trap 'rm -f "$draft"' EXIT
cat > "$draft"
chmod 644 "$draft"
sync "$draft"
mv "$draft" ${MARKER_PATH}`;

export const READ_MARKER = `[ ! -e ${MARKER_PATH} ] || cat ${MARKER_PATH}`;

/** Exit code of the guard where the marker is not the expected one: nothing was started. */
export const GUARD_REFUSED = 121;
/** Starts a program only while the host carries the marker that is expected: `sh -c GUARD sh MARKER PROGRAM ARGUMENTS`. */
export const GUARD = `[ "$(cat ${MARKER_PATH} 2> /dev/null)" = "$1" ] || { echo 'holdfast-guard: the host serves this machine no more.' >&2; exit ${GUARD_REFUSED}; }
shift
exec "$@"`;
export const GUARD_WORDS = 'holdfast-guard:';
