import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Answers } from '../http/answers.js';
import { planAnswer, type PlanAnswer } from '../views/plan.view.js';
import { clusterPlanBody, deploymentPlanBody, PlanOperationQuery } from './plan-operation.query.js';

@ApiTags('plans')
@Controller('v1')
export class PlansController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Post('plans')
  @Answers(200, 'Tells what a deployment would do. Changes nothing.', planAnswer)
  deployment(@Body({ schema: deploymentPlanBody }) body: z.infer<typeof deploymentPlanBody>): Promise<PlanAnswer> {
    return this.queries.execute(new PlanOperationQuery(body));
  }

  @Post('clusters/:cluster/plans')
  @Answers(200, 'Tells what an operation on this cluster would do. Changes nothing.', planAnswer)
  change(@Param('cluster') cluster: string, @Body({ schema: clusterPlanBody }) body: z.infer<typeof clusterPlanBody>): Promise<PlanAnswer> {
    return this.queries.execute(new PlanOperationQuery(body, cluster));
  }
}
