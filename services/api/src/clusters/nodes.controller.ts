import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { Context, type RequestContext } from '../http/request-context.js';
import { validated } from '../http/validation.pipe.js';
import { acceptedOperation, type AcceptedOperation } from '../operations/accepted-operation.js';
import { located } from '../operations/accepted.reply.js';
import { AddNodeCommand, addNodeBody } from '../operations/add-node.command.js';
import { confirmedBody, confirmedQuery, type ConfirmedBody } from '../operations/confirmed-body.js';
import { PromoteNodeCommand } from '../operations/promote-node.command.js';
import { partlyRemovalBody, removalBody, RemoveNodeCommand } from '../operations/remove-node.command.js';
import { nodeView, type NodeView } from '../views/cluster.view.js';
import { foundNode, GetNodeQuery, type FoundNode } from './get-node.query.js';
import { GetClusterQuery } from './get-cluster.query.js';

const nodeList = z.object({ items: z.array(nodeView) }).meta({ id: 'NodeList' });

@ApiTags('nodes')
@Controller('v1')
export class NodesController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
  ) {}

  @Get('clusters/:cluster/nodes')
  @Answers(200, 'Lists the nodes of a cluster, in the order they were made.', nodeList)
  async list(@Param('cluster') cluster: string): Promise<{ items: NodeView[] }> {
    return { items: (await this.queries.execute(new GetClusterQuery(cluster))).nodes };
  }

  @Post('clusters/:cluster/nodes')
  @ApiBody({ required: false })
  @Answers(202, 'Adds a replica, a member, or a shard.', acceptedOperation)
  async add(@Context() context: RequestContext, @Param('cluster') cluster: string, @Body({ schema: addNodeBody.optional() }) body: z.infer<typeof addNodeBody> | undefined, @Res({ passthrough: true }) reply: FastifyReply): Promise<AcceptedOperation> {
    return located(reply, await this.commands.execute(new AddNodeCommand(context, cluster, body ?? {})));
  }

  @Delete('clusters/:cluster/nodes/:node')
  @ApiBody({ required: false })
  @Answers(202, 'Removes a node with its data, or its whole shard. `confirm` is its name, in the body or the query.', acceptedOperation)
  async remove(
    @Context() context: RequestContext,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Query({ schema: confirmedQuery }) query: z.infer<typeof confirmedQuery>,
    @Body({ schema: partlyRemovalBody.optional() }) body: z.infer<typeof partlyRemovalBody> | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedOperation> {
    const confirmed = validated(removalBody, { ...query, ...body });
    return located(reply, await this.commands.execute(new RemoveNodeCommand(context, cluster, node, confirmed)));
  }

  @Post('clusters/:cluster/nodes/:node/promote')
  @Answers(202, 'Makes a replica the primary, by a switchover.', acceptedOperation)
  async promote(@Context() context: RequestContext, @Param('cluster') cluster: string, @Param('node') node: string, @Body({ schema: confirmedBody }) body: ConfirmedBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<AcceptedOperation> {
    return located(reply, await this.commands.execute(new PromoteNodeCommand(context, cluster, node, body)));
  }

  @Get('nodes/:node')
  @Answers(200, 'Finds a node by its id or name, and the cluster it belongs to.', foundNode)
  find(@Param('node') node: string): Promise<FoundNode> {
    return this.queries.execute(new GetNodeQuery(node));
  }
}
