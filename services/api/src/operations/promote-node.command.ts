import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import type { ConfirmedBody } from './confirmed-body.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf, nodeIdIn } from './operation-order.js';

/** A replica becomes the primary, by a switchover. */
export class PromoteNodeCommand extends Command<AcceptedOperation> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
    readonly node: string,
    readonly body: ConfirmedBody,
  ) {
    super();
  }
}

@CommandHandler(PromoteNodeCommand)
export class PromoteNodeHandler implements ICommandHandler<PromoteNodeCommand> {
  constructor(@Inject(OperationAcceptance) private readonly acceptance: OperationAcceptance) {}

  execute({ context, cluster, node, body }: PromoteNodeCommand): Promise<AcceptedOperation> {
    return this.acceptance.accept({
      identity: identify('promote-node', context, body),
      context,
      target: { cluster },
      request: (state) => ({ kind: 'promote-node', input: { nodeId: nodeIdIn(state, node), confirm: body.confirm } }),
      ...agreementOf(body),
    });
  }
}
