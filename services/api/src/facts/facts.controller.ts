import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { commaList, instant, listOf, pageFields } from '../http/queries.js';
import type { Page } from '../read-models.port.js';
import { factView, type FactView } from '../views/fact.view.js';
import { ListAuditQuery } from './list-audit.query.js';
import { ReadStreamQuery } from './read-stream.query.js';

const auditQuery = z.strictObject({
  ...pageFields,
  cluster: z.string().max(200).optional().meta({ description: 'Id or name.' }),
  actor: z.string().max(200).optional(),
  since: instant.optional(),
  type: commaList.optional().meta({ description: 'Types of facts, separated by commas.' }),
});
const streamQuery = z.strictObject({ limit: pageFields.limit, cursor: pageFields.cursor });

const factList = listOf('FactList', factView);

@ApiTags('facts')
@Controller('v1')
export class FactsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get('audit')
  @Answers(200, 'Lists facts with who asked for them and why, newest first.', factList)
  audit(@Query({ schema: auditQuery }) query: z.infer<typeof auditQuery>): Promise<Page<FactView>> {
    return this.queries.execute(new ListAuditQuery(query));
  }

  @Get('facts/:stream')
  @Answers(200, 'Lists the facts of one stream, oldest first.', factList)
  stream(@Param('stream') stream: string, @Query({ schema: streamQuery }) query: z.infer<typeof streamQuery>): Promise<Page<FactView>> {
    return this.queries.execute(new ReadStreamQuery(stream, query));
  }
}
