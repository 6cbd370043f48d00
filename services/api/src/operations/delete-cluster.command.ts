import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import type { ConfirmedBody } from './confirmed-body.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf } from './operation-order.js';

/** The end of a cluster, with its data. */
export class DeleteClusterCommand extends Command<AcceptedOperation> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
    readonly body: ConfirmedBody,
  ) {
    super();
  }
}

@CommandHandler(DeleteClusterCommand)
export class DeleteClusterHandler implements ICommandHandler<DeleteClusterCommand> {
  constructor(@Inject(OperationAcceptance) private readonly acceptance: OperationAcceptance) {}

  execute({ context, cluster, body }: DeleteClusterCommand): Promise<AcceptedOperation> {
    return this.acceptance.accept({
      identity: identify('delete-cluster', context, body),
      context,
      target: { cluster },
      request: () => ({ kind: 'delete-cluster', input: { confirm: body.confirm } }),
      ...agreementOf(body),
    });
  }
}
