import { jest } from '@jest/globals';
import type { OperationWorkflowInput } from '@holdfast/workflows/contracts';
import { OperationStarter, type StartWorkflow } from './operation-starter.js';

const input = (operationId: string): OperationWorkflowInput => ({ operationId }) as OperationWorkflowInput;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe('the starter of accepted operations', () => {
  it('starts after the caller has gone on, a few at a time', async () => {
    const ends: (() => void)[] = [];
    const start = jest.fn<StartWorkflow>(() => new Promise((resolve) => ends.push(resolve)));
    const starter = new OperationStarter(start);
    for (let index = 0; index < 6; index += 1) starter.offer(input(`op-${index}`));
    expect(start).not.toHaveBeenCalled();
    await settle();
    expect(start).toHaveBeenCalledTimes(4);
    ends.forEach((end) => end());
    await settle();
    expect(start.mock.calls.map(([{ operationId }]) => operationId)).toEqual(['op-0', 'op-1', 'op-2', 'op-3', 'op-4', 'op-5']);
  });

  it('leaves everything to the dispatcher for a while after a failure', async () => {
    let now = 0;
    const start = jest.fn<StartWorkflow>().mockRejectedValueOnce(new Error('Temporal is away.')).mockResolvedValue(undefined);
    const starter = new OperationStarter(start, () => now);
    starter.offer(input('lost'));
    await settle();
    starter.offer(input('left'));
    await settle();
    now = 1_000;
    starter.offer(input('started'));
    await settle();
    expect(start.mock.calls.map(([{ operationId }]) => operationId)).toEqual(['lost', 'started']);
  });
});
