import type { RecordedFact } from '@holdfast/domain';
import { z } from 'zod';

export const factView = z
  .object({
    id: z.string(),
    type: z.string(),
    stream: z.string(),
    version: z.int().meta({ description: 'Within its stream, from 0.' }),
    position: z.string().meta({ description: 'In the global order; ordered as text.' }),
    at: z.iso.datetime(),
    schemaVersion: z.int(),
    data: z.record(z.string(), z.unknown()),
    meta: z.object({
      actor: z.string(),
      reason: z.string().optional(),
      correlationId: z.string(),
      causationId: z.string().optional(),
      step: z.string().optional(),
    }),
  })
  .meta({ id: 'Fact' });
export type FactView = z.infer<typeof factView>;

export const viewFact = (fact: RecordedFact): FactView => ({
  id: fact.id,
  type: fact.type,
  stream: fact.stream,
  version: fact.version,
  position: fact.position,
  at: fact.at,
  schemaVersion: fact.schemaVersion,
  data: { ...fact.data },
  meta: { ...fact.meta },
});
