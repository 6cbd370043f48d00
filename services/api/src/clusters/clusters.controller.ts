import { Body, Controller, Delete, Get, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { instant, listOf, pageFields, flag } from '../http/queries.js';
import { Context, type RequestContext } from '../http/request-context.js';
import { validated } from '../http/validation.pipe.js';
import { acceptedOperation, type AcceptedOperation } from '../operations/accepted-operation.js';
import { located } from '../operations/accepted.reply.js';
import { confirmedBody, confirmedQuery, partlyConfirmedBody } from '../operations/confirmed-body.js';
import { DeleteClusterCommand } from '../operations/delete-cluster.command.js';
import { DeployClusterCommand, deployClusterBody } from '../operations/deploy-cluster.command.js';
import { clusterView, type ClusterView } from '../views/cluster.view.js';
import { clusterRow, type ClusterRow } from '../views/rows.view.js';
import type { Page } from '../read-models.port.js';
import { ChangeSettingsCommand, settingsBody } from './change-settings.command.js';
import { GetClusterQuery } from './get-cluster.query.js';
import { ListClustersQuery } from './list-clusters.query.js';
import { credentialsView, RevealCredentialsCommand, type CredentialsView } from './reveal-credentials.command.js';

const atQuery = z.strictObject({ at: instant.optional().meta({ description: 'The cluster as it was then.' }) });
const listQuery = z.strictObject({
  ...pageFields,
  status: z.enum(['deploying', 'running', 'changing', 'deleting', 'deleted']).optional(),
  deleted: flag.optional().meta({ description: 'With the deleted ones.' }),
});

@ApiTags('clusters')
@Controller('v1/clusters')
export class ClustersController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
  ) {}

  @Post()
  @Answers(202, 'Deploys a cluster.', acceptedOperation)
  async deploy(@Context() context: RequestContext, @Body({ schema: deployClusterBody }) body: z.infer<typeof deployClusterBody>, @Res({ passthrough: true }) reply: FastifyReply): Promise<AcceptedOperation> {
    return located(reply, await this.commands.execute(new DeployClusterCommand(context, body)));
  }

  @Get()
  @Answers(200, 'Lists clusters, by name.', listOf('ClusterList', clusterRow))
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<Page<ClusterRow>> {
    return this.queries.execute(new ListClustersQuery(query));
  }

  @Get(':cluster')
  @Answers(200, 'Shows a cluster as its facts say, now or at an instant.', clusterView)
  show(@Param('cluster') cluster: string, @Query({ schema: atQuery }) query: z.infer<typeof atQuery>): Promise<ClusterView> {
    return this.queries.execute(new GetClusterQuery(cluster, query.at));
  }

  @Delete(':cluster')
  @ApiBody({ required: false })
  @Answers(202, 'Deletes a cluster with its data. `confirm` is its name, in the body or the query.', acceptedOperation)
  async delete(
    @Context() context: RequestContext,
    @Param('cluster') cluster: string,
    @Query({ schema: confirmedQuery }) query: z.infer<typeof confirmedQuery>,
    @Body({ schema: partlyConfirmedBody.optional() }) body: z.infer<typeof partlyConfirmedBody> | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedOperation> {
    const confirmed = validated(confirmedBody, { ...query, ...body });
    return located(reply, await this.commands.execute(new DeleteClusterCommand(context, cluster, confirmed)));
  }

  @Put(':cluster/settings')
  @Answers(200, 'Changes settings; takes effect at once.', clusterView)
  settings(@Context() context: RequestContext, @Param('cluster') cluster: string, @Body({ schema: settingsBody }) body: z.infer<typeof settingsBody>): Promise<ClusterView> {
    return this.commands.execute(new ChangeSettingsCommand(context, cluster, body));
  }

  @Get(':cluster/credentials')
  @Answers(200, 'Shows how clients connect, with the password; that it was shown becomes a fact.', credentialsView)
  credentials(@Context() context: RequestContext, @Param('cluster') cluster: string): Promise<CredentialsView> {
    return this.commands.execute(new RevealCredentialsCommand(context, cluster));
  }
}
