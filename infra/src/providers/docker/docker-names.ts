import type { MachineListing } from '@holdfast/domain';

/** What makes a container, a volume or a network ours. Nothing without these labels is ever touched. */
export const LABEL = {
  installation: 'io.holdfast.installation',
  machine: 'io.holdfast.machine',
  cluster: 'io.holdfast.cluster',
  name: 'io.holdfast.name',
  address: 'io.holdfast.address',
  /** Of the throwaway containers that look something up. */
  errand: 'io.holdfast.errand',
} as const;

export type Labels = Readonly<Record<string, string>>;

/** Something at Docker has a name of ours, and is somebody else's: it is neither used nor touched. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';
  constructor(what: string, options?: ErrorOptions) {
    super(`Docker has a ${what} that this Holdfast did not make. Rename or remove it.`, options);
  }
}

/** Throws NotOurs. */
export const requireOurs = (what: string, installation: string, labels: Labels | null | undefined): void => {
  if (labels?.[LABEL.installation] !== installation) throw new NotOurs(what);
};

/**
 * The state of a machine is in its container's name, which Docker changes at once or not at all, and gives to one container only:
 * `holdfast-new.…` until it is complete, `holdfast.…`, and `holdfast-quarantined.MILLISECONDS.…`.
 */
export type MachineState = { readonly kind: 'new' } | { readonly kind: 'complete' } | { readonly kind: 'quarantined'; readonly since: Date };

const MACHINE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

export const requireMachineId = (machineId: string): void => {
  if (!MACHINE_ID.test(machineId)) throw new Error(`${JSON.stringify(machineId)} is not the id of a machine.`);
};

export const containerName = (installation: string, machineId: string, state: MachineState): string => {
  const prefix = state.kind === 'new' ? 'holdfast-new' : state.kind === 'complete' ? 'holdfast' : `holdfast-quarantined.${state.since.getTime()}`;
  return `${prefix}.${installation}.${machineId}`;
};

/** @param name as Docker lists it, with a slash before it */
export const stateOf = (name: string): MachineState => {
  if (name.startsWith('/holdfast.')) return { kind: 'complete' };
  const since = /^\/holdfast-quarantined\.(\d+)\./.exec(name)?.[1];
  return since === undefined ? { kind: 'new' } : { kind: 'quarantined', since: new Date(Number(since)) };
};

export const volumeName = (installation: string, machineId: string): string => `holdfast.${installation}.${machineId}`;
export const networkName = (installation: string, clusterId: string): string => `holdfast.${installation}.${clusterId}`;

export const listingFrom = (labels: Labels, createdAt: Date, state: MachineState): MachineListing => ({
  machineId: labels[LABEL.machine] ?? '',
  clusterId: labels[LABEL.cluster] ?? '',
  name: labels[LABEL.name] ?? '',
  address: labels[LABEL.address] ?? '',
  createdAt: createdAt.toISOString(),
  ...(state.kind === 'quarantined' ? { state: 'quarantined' as const, quarantinedAt: state.since.toISOString() } : { state: 'present' as const }),
});
