import { Context } from '@temporalio/activity';

/** The signal that tells this activity to stop. */
export const cancellationSignal = (): AbortSignal => Context.current().cancellationSignal;

/**
 * Looks until there is nothing to complain about; throws the last complaint at the limit. A cancellation of the activity ends it.
 */
export const untilContent = async (look: () => Promise<Error | undefined>, limits: { readonly timeoutMs: number; readonly intervalMs: number }): Promise<void> => {
  const deadline = performance.now() + limits.timeoutMs;
  for (;;) {
    const complaint = await look();
    if (complaint === undefined) return;
    if (performance.now() + limits.intervalMs > deadline) throw complaint;
    await Context.current().sleep(limits.intervalMs);
  }
};
