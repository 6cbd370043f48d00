import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AddNodeInput } from '@holdfast/domain';
import { z } from 'zod';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf, commandFields } from './operation-order.js';

export const addNodeInput = z
  .strictObject({
    plan: z.string().max(1000).optional().meta({ description: 'Machine size; the cluster’s own when absent.' }),
    shard: z.int().optional().meta({ description: 'Sharded cluster: number of the shard that gets one more replica.' }),
    newShard: z.literal(true).optional().meta({ description: 'Sharded cluster: one more shard, a primary with its replicas.' }),
  })
  .meta({ id: 'AddNodeInput' });
export const addNodeBody = addNodeInput.extend(commandFields).meta({ id: 'AddNodeBody' });

/** The domain's input, without what was not given. */
export const additionOf = ({ plan, shard, newShard }: z.infer<typeof addNodeInput>): AddNodeInput => ({
  ...(plan === undefined ? {} : { plan }),
  ...(shard === undefined ? {} : { shard }),
  ...(newShard === undefined ? {} : { newShard }),
});

/** One node more: a replica, a member, or a shard with its nodes. */
export class AddNodeCommand extends Command<AcceptedOperation> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
    readonly body: z.infer<typeof addNodeBody>,
  ) {
    super();
  }
}

@CommandHandler(AddNodeCommand)
export class AddNodeHandler implements ICommandHandler<AddNodeCommand> {
  constructor(@Inject(OperationAcceptance) private readonly acceptance: OperationAcceptance) {}

  execute({ context, cluster, body }: AddNodeCommand): Promise<AcceptedOperation> {
    return this.acceptance.accept({
      identity: identify('add-node', context, body),
      context,
      target: { cluster },
      request: () => ({ kind: 'add-node', input: additionOf(body) }),
      ...agreementOf(body),
    });
  }
}
