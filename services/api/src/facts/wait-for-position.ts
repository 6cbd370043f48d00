import type { Position } from '@holdfast/domain';
import { unavailable } from '../problems/problem.js';
import type { ReadModels } from '../read-models.port.js';

export const WAIT_MAX_MS = 2_000;
const POLL_MS = 20;

/** Whether the read models have seen the fact, within the time. */
export const hasSeen = async (readModels: ReadModels, position: Position, timeoutMs = WAIT_MAX_MS): Promise<boolean> => {
  const end = performance.now() + timeoutMs;
  while ((await readModels.position()) < position) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
};

/** For `minPosition` of lists: throws 503 when they lag for too long, so that nobody takes an old list for a new one. */
export const waitFor = async (readModels: ReadModels, position: Position | undefined): Promise<void> => {
  if (position !== undefined && !(await hasSeen(readModels, position))) {
    throw unavailable('read-model-behind', `The list has not seen position ${position} within ${WAIT_MAX_MS} ms.`);
  }
};
