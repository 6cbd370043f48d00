import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PartName } from './part.js';
import { ageMs, type ProcessIdentity } from './process-identity.js';
import { ProcessPart } from './process-part.js';
import type { StackPlaces } from './stack-places.js';

const READY_MS = 60_000;
/** A worker lets running steps come to an end first. */
const STOP_MS = 45_000;
const PROBE_MS = 2_000;
/** The API gives each of its parts two seconds. */
const READY_PROBE_MS = 5_000;
const SETTLED_MS = 1_500;
const POLL_MS = 100;

/** The API, on the Node that runs this. Ready when it answers; whether all that it needs is there is asked by `waitUntilReady`. */
export const apiPart = (places: StackPlaces): ProcessPart => {
  const { port, url } = places.configuration.api;
  return servicePart('api', places, {
    address: url,
    ports: [{ port, variable: 'HOLDFAST_API_PORT' }],
    isReady: () => answersOk(`${localApi(places)}/healthz`),
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

/** Where this machine reaches its own API, whatever address others use. */
const localApi = ({ configuration: { api } }: StackPlaces): string => `http://${api.host === '0.0.0.0' ? '127.0.0.1' : api.host}:${api.port}`;

/** Waits until the API finds everything that it needs. Throws with what it says is missing. */
export const waitUntilReady = async (places: StackPlaces): Promise<void> => {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const missing = await whatIsMissing(`${localApi(places)}/readyz`);
    if (missing === undefined) return;
    if (Date.now() > deadline) throw new Error(`The API is not ready after ${READY_MS / 1000} s: ${missing}. See: ./holdfast doctor`);
    await delay(POLL_MS);
  }
};

const whatIsMissing = async (url: string): Promise<string | undefined> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(READY_PROBE_MS) });
    const { parts } = (await response.json()) as { parts: readonly { name: string; ok: boolean; detail: string }[] };
    const missing = parts.filter((part) => !part.ok).map((part) => `${part.name}: ${part.detail}`);
    return missing.length === 0 ? undefined : missing.join(' ');
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
};

const answersOk = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
};
