import { z } from 'zod';
import type { Problem } from './problem.js';

const fault = z.object({ field: z.string(), code: z.string(), detail: z.string() }).meta({ id: 'Fault', description: 'One wrong field of a request.' });

/** The body of every error: RFC 9457 with a stable `code`. Some codes add members, such as `operationId` or `plan`. */
export const problemDocument = z
  .looseObject({
    type: z.string().meta({ description: 'urn:holdfast:problem:CODE' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'A sentence that says what would be allowed.' }),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable; for programs.' }),
    correlationId: z.string().meta({ description: 'Finds the request in the log.' }),
    errors: z.array(fault).optional().meta({ description: 'All faults of the request.' }),
    operationId: z.string().optional().meta({ description: 'The operation that stands in the way.' }),
  })
  .meta({ id: 'Problem' });

export type ProblemDocument = z.infer<typeof problemDocument>;

/** @param instance path of the request, without its query */
export const toDocument = (problem: Problem, instance: string, correlationId: string): ProblemDocument => ({
  ...problem.extra,
  type: `urn:holdfast:problem:${problem.code}`,
  title: titleOf(problem.code),
  status: problem.status,
  detail: problem.detail,
  instance,
  code: problem.code,
  correlationId,
});

/** `wrong-confirmation` → `Wrong confirmation`. */
const titleOf = (code: string): string => `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('-', ' ')}`;
