import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 2;

/** Answers when the writer has got so many more writes acknowledged: how long that takes is the machine's business. */
export const acknowledges = async ({ acknowledged }: { readonly acknowledged: readonly unknown[] }, count: number): Promise<void> => {
  for (const goal = acknowledged.length + count; acknowledged.length < goal; ) await delay(LOOK_MS);
};
