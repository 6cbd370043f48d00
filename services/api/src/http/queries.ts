import { z } from 'zod';

export const LIMIT_MAX = 500;
const LIMIT_DEFAULT = 100;

/** A number in a query is text. */
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'Expected a whole number.')
    .transform(Number)
    .pipe(z.int().min(least).max(most));

export const instant = z.iso
  .datetime({ offset: true, error: 'Expected a time such as 2030-01-31T12:00:00Z.' })
  .transform((text) => new Date(text));

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** What every list takes. */
export const pageFields = {
  limit: wholeNumber(1, LIMIT_MAX).optional().meta({ description: `1 to ${LIMIT_MAX}; ${LIMIT_DEFAULT} when absent.` }),
  cursor: z.string().max(1000).regex(/^[A-Za-z0-9_-]+$/, 'It is not a cursor of this list.').optional().meta({ description: '`nextCursor` of the page before.' }),
  minPosition: z.string().max(200).optional().meta({ description: 'Waits up to 2 s until the list has seen this fact; 503 when it has not.' }),
};

export const pageOf = (query: { limit?: number | undefined; cursor?: string | undefined }): { limit: number; cursor?: string } => ({
  limit: query.limit ?? LIMIT_DEFAULT,
  ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
});

/** `a,b` → ['a', 'b']. */
export const commaList = z
  .string()
  .max(2000)
  .transform((text) => text.split(',').filter((part) => part !== ''));

/** A list's answer. */
export const listOf = <Row extends z.ZodType>(id: string, row: Row) => z.object({ items: z.array(row), nextCursor: z.string().optional() }).meta({ id });
