import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { Fault } from '@holdfast/domain';
import type { z } from 'zod';
import { malformed } from '../problems/problem.js';

/** Checks bodies and queries against their zod schema and tells all faults at once. */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => malformed((issues as readonly z.core.$ZodIssue[]).flatMap(faultsOf)) });
  }
}

const CODES: Readonly<Record<string, string>> = {
  too_small: 'too-small',
  too_big: 'too-big',
  invalid_format: 'wrong-format',
  invalid_value: 'unknown-value',
  invalid_union: 'unknown-value',
};

const faultsOf = (issue: z.core.$ZodIssue): Fault[] => {
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: field === '' ? key : `${field}.${key}`, code: 'unknown-field', detail: 'There is no such field.' }));
  }
  if (issue.code === 'invalid_type') {
    return [isMissing(issue) ? { field, code: 'required', detail: 'It is required.' } : { field, code: 'wrong-type', detail: `Expected ${issue.expected}.` }];
  }
  return [{ field, code: CODES[issue.code] ?? 'invalid', detail: sentence(issue.message) }];
};

// zod says "received undefined" for a field that is not there, and leaves the input out of its issues.
const isMissing = (issue: z.core.$ZodIssue): boolean => /received undefined$/.test(issue.message);
const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

/** The value as its schema makes it; throws all faults as one problem. */
export const validated = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (!result.success) throw malformed(result.error.issues.flatMap(faultsOf));
  return result.data;
};
