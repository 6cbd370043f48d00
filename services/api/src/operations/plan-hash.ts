import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { OperationPlan } from '@holdfast/domain';

/** Hexadecimal SHA-256 of the canonical JSON (RFC 8785): equal values have equal digests, whatever the order of their members. */
export const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');

/** What a person agrees to with `planHash`. */
export const hashPlan = (plan: OperationPlan): string => digestOf(plan);
