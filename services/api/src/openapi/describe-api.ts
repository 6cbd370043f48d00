import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiTokens } from '@holdfast/infra/access';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { PostgresReadModels } from '@holdfast/infra/read-models';
import { pino } from 'pino';
import { createApi } from '../create-api.js';
import { buildDocument } from './build-document.js';

/** The description of the API without anything behind it: the adapters connect with their first call, and none is made. */
export const describeApi = async (): Promise<OpenAPIObject> => {
  const store = PostgresEventStore.connect('postgresql://127.0.0.1/nowhere');
  const nothing = (): Promise<never> => Promise.reject(new Error('This API is only described.'));
  const app = await createApi({
    store,
    readModels: new PostgresReadModels(store.pool),
    tokens: new ApiTokens(store.pool),
    secrets: { get: nothing },
    versionSources: {},
    startWorkflow: nothing,
    temporal: { answer: nothing, check: nothing, decode: nothing, encode: nothing },
    hosts: { secrets: { put: nothing, destroy: nothing }, check: nothing },
    codecOrigins: [],
    logger: pino({ level: 'silent' }),
  });
  try {
    return buildDocument(app);
  } finally {
    await app.close();
    await store.close();
  }
};
