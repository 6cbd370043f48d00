import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { OperatorVerb } from '@holdfast/domain';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { flag, listOf, pageFields } from '../http/queries.js';
import { Context, type RequestContext } from '../http/request-context.js';
import type { Page } from '../read-models.port.js';
import { operationState, operationView, type OperationView } from '../views/operation.view.js';
import { operationRow, type OperationRow } from '../views/rows.view.js';
import { answerBody, AnswerOperationCommand, answerTaken, type AnswerTaken } from './answer-operation.command.js';
import { GetOperationQuery } from './get-operation.query.js';
import { ListOperationsQuery } from './list-operations.query.js';

const listQuery = z.strictObject({
  ...pageFields,
  cluster: z.string().max(200).optional().meta({ description: 'Id or name.' }),
  state: operationState.optional(),
  stuck: flag.optional().meta({ description: '`true`: only those that wait for an answer.' }),
});

const optionalAnswer = answerBody.optional();
type OptionalAnswer = z.infer<typeof optionalAnswer>;

@ApiTags('operations')
@Controller('v1/operations')
export class OperationsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
  ) {}

  @Get()
  @Answers(200, 'Lists operations, newest first.', listOf('OperationList', operationRow))
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<Page<OperationRow>> {
    return this.queries.execute(new ListOperationsQuery(query));
  }

  @Get(':operation')
  @Answers(200, 'Shows an operation: plan, steps, problem, and what may be answered.', operationView)
  show(@Param('operation') operation: string): Promise<OperationView> {
    return this.queries.execute(new GetOperationQuery(operation));
  }

  @Post(':operation/cancel')
  @ApiBody({ required: false })
  @Answers(202, 'Stops it and takes back what it has done; before the point of no return.', answerTaken)
  cancel(@Context() context: RequestContext, @Param('operation') operation: string, @Body({ schema: optionalAnswer }) body: OptionalAnswer): Promise<AnswerTaken> {
    return this.answer(context, operation, 'cancel', body);
  }

  @Post(':operation/retry')
  @ApiBody({ required: false })
  @Answers(202, 'Tries the stuck step again.', answerTaken)
  retry(@Context() context: RequestContext, @Param('operation') operation: string, @Body({ schema: optionalAnswer }) body: OptionalAnswer): Promise<AnswerTaken> {
    return this.answer(context, operation, 'retry', body);
  }

  @Post(':operation/skip')
  @ApiBody({ required: false })
  @Answers(202, 'Goes on as if the stuck step were done.', answerTaken)
  skip(@Context() context: RequestContext, @Param('operation') operation: string, @Body({ schema: optionalAnswer }) body: OptionalAnswer): Promise<AnswerTaken> {
    return this.answer(context, operation, 'skip', body);
  }

  @Post(':operation/abort')
  @ApiBody({ required: false })
  @Answers(202, 'Gives up at the stuck step and takes back what was done.', answerTaken)
  abort(@Context() context: RequestContext, @Param('operation') operation: string, @Body({ schema: optionalAnswer }) body: OptionalAnswer): Promise<AnswerTaken> {
    return this.answer(context, operation, 'abort', body);
  }

  private answer(context: RequestContext, operation: string, verb: OperatorVerb, body: OptionalAnswer): Promise<AnswerTaken> {
    return this.commands.execute(new AnswerOperationCommand(context, operation, verb, body ?? {}));
  }
}
