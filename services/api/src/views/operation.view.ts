import { OPERATION_KINDS } from '@holdfast/domain';
import { z } from 'zod';
import { operationPlan } from './plan.view.js';

export const operationState = z.enum(['accepted', 'running', 'stuck', 'succeeded', 'failed', 'cancelled', 'undone']);
export const operatorVerb = z.enum(['cancel', 'retry', 'skip', 'abort']);

export const stepProblem = z
  .object({
    code: z.string(),
    message: z.string(),
    node: z.string().optional(),
    command: z.string().optional(),
    outputTail: z.string().optional(),
  })
  .meta({ id: 'StepProblem' });

export const stepView = z
  .object({
    name: z.string(),
    title: z.string(),
    nodes: z.array(z.string()),
    deadlineMs: z.int(),
    afterPointOfNoReturn: z.boolean(),
    status: z.enum(['pending', 'running', 'completed', 'failed', 'skipped', 'undone']),
    attempt: z.int().meta({ description: '0: not started.' }),
    startedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    durationMs: z.int().optional(),
    problem: stepProblem.optional(),
  })
  .meta({ id: 'Step' });
export type StepView = z.infer<typeof stepView>;

const givenAnswer = z.object({ verb: operatorVerb, step: z.string(), actor: z.string(), reason: z.string().optional(), at: z.iso.datetime() });

export const operationView = z
  .object({
    id: z.string(),
    kind: z.enum(OPERATION_KINDS),
    state: operationState,
    cluster: z.object({ id: z.string(), name: z.string() }),
    actor: z.string(),
    reason: z.string().optional(),
    acceptedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    durationMs: z.int().optional(),
    input: z.record(z.string(), z.unknown()),
    plan: operationPlan,
    planHash: z.string(),
    steps: z.array(stepView),
    pointOfNoReturnPassed: z.boolean(),
    stuck: z
      .object({ step: z.string(), undoing: z.boolean(), problem: stepProblem, since: z.iso.datetime() })
      .optional()
      .meta({ description: 'It waits for an answer.' }),
    allowedAnswers: z.array(operatorVerb),
    answers: z.array(givenAnswer).meta({ description: 'Given so far.' }),
    interruptions: z.array(z.object({ by: z.string(), detail: z.string(), at: z.iso.datetime() })),
    failedStep: z.string().optional(),
    problem: stepProblem.optional().meta({ description: 'Why it failed.' }),
    cause: z.string().optional().meta({ description: 'Why it was undone.' }),
    undone: z.array(z.string()).optional().meta({ description: 'Steps that were taken back.' }),
    position: z.string(),
  })
  .meta({ id: 'Operation' });
export type OperationView = z.infer<typeof operationView>;
