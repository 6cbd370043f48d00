import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf, commandFields } from './operation-order.js';

export const addNodeInput = z
  .strictObject({ plan: z.string().max(1000).optional().meta({ description: 'Machine size; the cluster’s own when absent.' }) })
  .meta({ id: 'AddNodeInput' });
export const addNodeBody = addNodeInput.extend(commandFields).meta({ id: 'AddNodeBody' });

/** One replica more. */
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
      request: () => ({ kind: 'add-node', input: body.plan === undefined ? {} : { plan: body.plan } }),
      ...agreementOf(body),
    });
  }
}
