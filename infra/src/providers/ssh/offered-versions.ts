import { ASK_APT, offeredPackages, packagedSoftware } from '../debian/software-table.js';
import { tellHost } from './host-session.js';
import type { SshTransport } from './ssh-transport.js';

const ASK_MS = 60_000;

/** Versions of a software that the package sources of all these hosts have, newest first: it is not known yet which will be taken. */
export const offeredVersions = async (transports: readonly SshTransport[], software: string): Promise<string[]> => {
  const entry = packagedSoftware(software);
  if (entry === undefined) return [];
  const ofEach = await Promise.all(
    transports.map(async (transport) => offeredPackages(entry, await tellHost(transport, 'Asking for packages', { script: ASK_APT, as: 'login', timeoutMs: ASK_MS })).map(({ version }) => version)),
  );
  const [first = [], ...others] = ofEach;
  return first.filter((version) => others.every((versions) => versions.includes(version)));
};
