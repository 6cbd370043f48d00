import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 50;
const LIMIT_MS = 30_000;

/**
 * Repeats assertions about what servers tell of each other until they hold: a server learns of another's end, or of a new role, a
 * moment after it has happened. Past the limit the last failure stands.
 */
export const holdsSoon = async (assertions: () => Promise<void>, limitMs = LIMIT_MS): Promise<void> => {
  for (const deadline = performance.now() + limitMs; ; await delay(LOOK_MS)) {
    try {
      return await assertions();
    } catch (problem) {
      if (performance.now() > deadline) throw problem;
    }
  }
};
