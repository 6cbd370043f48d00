import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { Context, type RequestContext } from '../http/request-context.js';
import { REASON_MAX } from '../operations/operation-order.js';
import { CheckHostCommand, checkHostBody } from './check-host.command.js';
import { hostView, type HostView } from './host.view.js';
import { ListHostsQuery } from './list-hosts.query.js';
import { RegisterHostCommand, registerHostBody } from './register-host.command.js';
import { RemoveHostCommand } from './remove-host.command.js';

const hostList = z.object({ items: z.array(hostView) }).meta({ id: 'HostList' });
const removeQuery = z.strictObject({
  lost: z.enum(['true', 'false']).optional().describe('The server is gone for good: what is on it is given up, where its cluster does not know it any more.'),
  reason: z.string().max(REASON_MAX).optional(),
});

@ApiTags('hosts')
@Controller('v1/hosts')
export class HostsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
  ) {}

  @Get()
  @Answers(200, 'Lists the servers that were brought, by id.', hostList)
  async list(): Promise<z.infer<typeof hostList>> {
    return { items: [...(await this.queries.execute(new ListHostsQuery()))] };
  }

  @Post()
  @Answers(201, 'Registers a server, with the key that lets Holdfast in. Check it next.', hostView)
  register(@Context() context: RequestContext, @Body({ schema: registerHostBody }) body: z.infer<typeof registerHostBody>): Promise<HostView> {
    return this.commands.execute(new RegisterHostCommand(context, body));
  }

  @Post(':host/check')
  @ApiBody({ required: false })
  @Answers(200, 'Looks at a server and says what is wrong with it; pins its host key at first use.', hostView)
  check(@Context() context: RequestContext, @Param('host') host: string, @Body({ schema: checkHostBody.optional() }) body: z.infer<typeof checkHostBody> | undefined): Promise<HostView> {
    return this.commands.execute(new CheckHostCommand(context, host, body ?? {}));
  }

  @Delete(':host')
  @Answers(204, 'Forgets a server that serves no machine, with its key; a lost one also with a machine that no cluster knows any more.')
  async remove(@Context() context: RequestContext, @Param('host') host: string, @Query({ schema: removeQuery }) query: z.infer<typeof removeQuery>): Promise<void> {
    await this.commands.execute(new RemoveHostCommand(context, host, query.lost === 'true', query.reason));
  }
}
