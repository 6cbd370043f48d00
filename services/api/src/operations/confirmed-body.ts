import { z } from 'zod';
import { commandFields } from './operation-order.js';

/** Body of a dangerous command. */
export const confirmedBody = z
  .strictObject({ confirm: z.string().max(1000).meta({ description: 'The name of what it is about, typed.' }), ...commandFields })
  .meta({ id: 'ConfirmedBody' });

export type ConfirmedBody = z.infer<typeof confirmedBody>;

/** The same as query parameters, for clients that cannot send a body with DELETE. */
export const confirmedQuery = z.strictObject(confirmedBody.shape).partial();

/** What of it stands in the body of DELETE; the rest may stand in the query. */
export const partlyConfirmedBody = confirmedQuery.meta({ id: 'PartlyConfirmedBody' });
