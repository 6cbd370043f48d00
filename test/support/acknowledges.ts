import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 2;
const LIMIT_MS = 60_000;

/** Answers when the writer has got so many more writes acknowledged: how long that takes is the machine's business, up to a minute. */
export const acknowledges = async ({ acknowledged }: { readonly acknowledged: readonly unknown[] }, count: number): Promise<void> => {
  const goal = acknowledged.length + count;
  for (const deadline = performance.now() + LIMIT_MS; acknowledged.length < goal; await delay(LOOK_MS)) {
    if (performance.now() > deadline) throw new Error(`Of ${count} writes ${goal - acknowledged.length} were not acknowledged in ${LIMIT_MS} ms.`);
  }
};
