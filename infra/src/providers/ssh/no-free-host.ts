import { hostStatusWord, type MachineRequest, type RegisteredHost } from '@holdfast/domain';

/** No host can take the machine; the message says how many there are, why none will do, and what would help. */
export class NoFreeHost extends Error {
  override readonly name = 'NoFreeHost';
}

/** What helps. */
export const ADD_HOSTS = 'Add a host: holdfast hosts add ADDRESS --user USER --key FILE.';

/** @param refused why each host that was free would not do, by the host's id */
export const noFreeHost = (request: MachineRequest, hosts: readonly RegisteredHost[], refused: ReadonlyMap<string, string>): NoFreeHost => {
  const inUse = hosts.filter((host) => hostStatusWord(host) === 'in-use').length;
  const reasons = [...refused].map(([hostId, why]) => `${hostId}: ${why}`);
  return new NoFreeHost(
    `No host is free for ${request.name} (machine ${request.machineId}). Each node needs a host of its own, and so does the endpoint: 1 more is needed. ` +
      `Of ${hosts.length} registered, ${inUse} serve a machine and ${refused.size} cannot be used.` +
      `${reasons.length === 0 ? '' : ` ${reasons.join(' ')}`} ${ADD_HOSTS}`,
  );
};
