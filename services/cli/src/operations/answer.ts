import { Option } from 'commander';
import { HoldfastApi } from '../client/holdfast-api.js';
import { awaitOperation } from '../client/operation-command.js';
import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';

type Verb = 'cancel' | 'retry' | 'skip' | 'abort';

const SUMMARIES: Readonly<Record<Verb, string>> = {
  cancel: 'Stop an operation and take back what it did; possible up to its point of no return',
  retry: 'Let a stuck operation try its step again',
  skip: 'Let a stuck operation go on without its step',
  abort: 'Stop a stuck operation and take back what it did',
};

/** A person's answer to a running or stuck operation. */
export const answerOperation = (verb: Verb): Leaf<{ reason?: string; wait?: boolean; timeout?: string }> => ({
  usage: `${verb} <operation>`,
  summary: SUMMARIES[verb],
  examples: [`./holdfast operations ${verb} promote-node-4f1c… --reason "the disk is larger now"`, `./holdfast operations ${verb} promote-node-4f1c… --wait`],
  options: [new Option('--reason <text>', 'why; it goes into the facts'), new Option('--wait', 'wait for the end of the operation')],
  run: async (context, [operation = ''], { reason, wait }) => {
    const api = new HoldfastApi(context);
    const body = reason === undefined ? {} : { reason };
    const answer = await api.answer(api.http.POST(`/v1/operations/{operation}/${verb}`, { params: { path: { operation } }, body }));
    context.say(`The answer ${verb} was handed to the operation.`);
    if (wait === true) return awaitOperation(context, api, operation);
    context.document(answer);
    if (context.atTerminal) context.say(`Follow it: ./holdfast operations watch ${operation}`);
    return EXIT.ok;
  },
});
