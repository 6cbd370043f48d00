import { randomUUID } from 'node:crypto';

/** What no workflow may do: the bundle must refuse it. */
export const forbidden = async (): Promise<string> => randomUUID();
