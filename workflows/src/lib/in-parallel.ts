import { CancellationScope } from '@temporalio/workflow';

/**
 * Does the work on all items at once. When one fails, the others are cancelled and waited for before the failure is thrown: an
 * undo must never run beside what it takes back.
 */
export const inParallel = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const scope = new CancellationScope();
  const failures: unknown[] = [];
  const running = items.map((item) =>
    scope
      .run(() => work(item))
      .catch((error: unknown) => {
        failures.push(error);
        scope.cancel();
        throw error;
      }),
  );
  const ends = await Promise.allSettled(running);
  if (failures.length > 0) throw failures[0];
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
};
