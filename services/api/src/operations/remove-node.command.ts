import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import type { ConfirmedBody } from './confirmed-body.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf, nodeIdIn } from './operation-order.js';

/** One replica less. */
export class RemoveNodeCommand extends Command<AcceptedOperation> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
    readonly node: string,
    readonly body: ConfirmedBody,
  ) {
    super();
  }
}

@CommandHandler(RemoveNodeCommand)
export class RemoveNodeHandler implements ICommandHandler<RemoveNodeCommand> {
  constructor(@Inject(OperationAcceptance) private readonly acceptance: OperationAcceptance) {}

  execute({ context, cluster, node, body }: RemoveNodeCommand): Promise<AcceptedOperation> {
    return this.acceptance.accept({
      identity: identify('remove-node', context, body),
      context,
      target: { cluster },
      request: (state) => ({ kind: 'remove-node', input: { nodeId: nodeIdIn(state, node), confirm: body.confirm } }),
      ...agreementOf(body),
    });
  }
}
