import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import { confirmedBody } from './confirmed-body.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf, nodeIdIn } from './operation-order.js';

export const wholeShard = z.literal(true).optional().meta({ description: 'Sharded cluster: the node’s whole shard goes, its data moved to the others first.' });
export const lost = z.literal(true).optional().meta({ description: 'Group in which all write: the member is lost for good, and is taken out without its goodbye. The others must serve, and no longer count it.' });
export const removalBody = confirmedBody.extend({ wholeShard, lost }).meta({ id: 'RemovalBody' });
export type RemovalBody = z.infer<typeof removalBody>;

/** What a removal is beyond that of one node that answers. */
export const removalFlags = (body: { wholeShard?: true | undefined; lost?: true | undefined }): { wholeShard?: true; lost?: true } => ({
  ...(body.wholeShard === undefined ? {} : { wholeShard: true }),
  ...(body.lost === undefined ? {} : { lost: true }),
});

/** What of it stands in the body of DELETE; the rest may stand in the query. */
export const partlyRemovalBody = removalBody.partial().meta({ id: 'PartlyRemovalBody' });

/** One node less, or one shard. */
export class RemoveNodeCommand extends Command<AcceptedOperation> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
    readonly node: string,
    readonly body: RemovalBody,
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
      request: (state) => ({ kind: 'remove-node', input: { nodeId: nodeIdIn(state, node), confirm: body.confirm, ...removalFlags(body) } }),
      ...agreementOf(body),
    });
  }
}
