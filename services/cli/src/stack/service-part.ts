import { join } from 'node:path';
import type { PartName } from './part.js';
import { ageMs, type ProcessIdentity } from './process-identity.js';
import { ProcessPart } from './process-part.js';
import type { StackPlaces } from './stack-places.js';

const READY_MS = 60_000;
/** A worker lets running steps come to an end first. */
const STOP_MS = 45_000;
const PROBE_MS = 2_000;
const SETTLED_MS = 1_500;

/** The API, on the Node that runs this. Ready when it says so itself. */
export const apiPart = (places: StackPlaces): ProcessPart => {
  const { host, port, url } = places.configuration.api;
  return servicePart('api', places, {
    address: url,
    ports: [{ port, variable: 'HOLDFAST_API_PORT' }],
    isReady: () => answersOk(`http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/readyz`),
  });
};

/** A service without a port of its own: one that cannot work ends within its first moments, and says why in its log. */
export const workingPart = (name: 'worker' | 'projector', places: StackPlaces): ProcessPart =>
  servicePart(name, places, { ports: [], isReady: async (identity) => ageMs(identity) > SETTLED_MS });

const servicePart = (
  name: PartName,
  places: StackPlaces,
  own: { address?: string; ports: readonly { port: number; variable: string }[]; isReady(identity: ProcessIdentity): Promise<boolean> },
): ProcessPart =>
  new ProcessPart({
    ...own,
    name,
    home: places.home,
    cwd: places.home,
    env: places.env,
    argv: [process.execPath, '--enable-source-maps', '--disable-warning=ExperimentalWarning', join(places.repository, 'services', name, 'dist', 'main.js')],
    readyTimeoutMs: READY_MS,
    stopTimeoutMs: STOP_MS,
  });

const answersOk = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
};
