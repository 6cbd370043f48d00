import { NODE_ROLES, OPERATION_KINDS } from '@holdfast/domain';
import { z } from 'zod';

const undo = z.union([z.object({ how: z.string() }), z.object({ none: z.string().meta({ description: 'Why it need not be undone.' }) })]);

const plannedStep = z
  .object({
    name: z.string(),
    title: z.string(),
    nodes: z.array(z.string()),
    deadlineMs: z.int(),
    whenOverdue: z.enum(['ask', 'undo']),
    undo,
    afterPointOfNoReturn: z.boolean(),
    writes: z.enum(['possible', 'paused', 'none']),
  })
  .meta({ id: 'PlannedStep' });

const planSubject = z
  .object({
    nodeId: z.string(),
    name: z.string(),
    ordinal: z.int(),
    role: z.enum(NODE_ROLES),
    shard: z.int().optional(),
    size: z.string(),
    target: z.boolean(),
  })
  .meta({ id: 'PlanSubject' });

export const operationPlan = z
  .object({
    kind: z.enum(OPERATION_KINDS),
    mode: z.enum(['multi-primary', 'sharded']).optional().meta({ description: 'Absent: one primary with replicas.' }),
    steps: z.array(plannedStep),
    subjects: z.array(planSubject),
    nodesTouched: z.array(z.string()),
    expectedWritePauseMs: z.int(),
    dataAtRisk: z.string(),
    costChange: z.object({ perHourMicroUsd: z.int(), perMonthMicroUsd: z.int() }).meta({ description: 'Millionths of a US dollar.' }),
    warnings: z.array(z.string()),
    undo: z.string(),
  })
  .meta({ id: 'OperationPlan' });

/** What would be done, and the hash that agrees to it. */
export const planAnswer = z
  .object({ plan: operationPlan, planHash: z.string(), cluster: z.object({ id: z.string(), name: z.string() }) })
  .meta({ id: 'PlanAnswer' });
export type PlanAnswer = z.infer<typeof planAnswer>;
