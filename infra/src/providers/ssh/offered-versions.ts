import { ASK_APT, offeredPackages } from '../debian/offered-packages.js';
import { packagedSoftware } from '../debian/software-table.js';
import { tellHost } from './host-session.js';
import { problemOf } from './inspect-host.js';
import type { SshTransport } from './ssh-transport.js';

const ASK_MS = 60_000;

/**
 * Versions of a software that the package sources of all these hosts have, newest first: it is not known yet which will be taken.
 * One that cannot be reached cannot be taken either.
 */
export const offeredVersions = async (transports: readonly SshTransport[], software: string): Promise<string[]> => {
  const entry = packagedSoftware(software);
  if (entry === undefined) return [];
  const ofEach = await Promise.all(
    transports.map(async (transport) => {
      try {
        const policy = await tellHost(transport, 'Asking for packages', { script: ASK_APT, as: 'login', timeoutMs: ASK_MS });
        return offeredPackages(entry, policy).map(({ version }) => version);
      } catch (error) {
        if (problemOf(error) === undefined) throw error;
        return undefined;
      }
    }),
  );
  const [first = [], ...others] = ofEach.filter((versions) => versions !== undefined);
  return first.filter((version) => others.every((versions) => versions.includes(version)));
};
