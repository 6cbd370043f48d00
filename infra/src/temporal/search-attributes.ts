import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { withinCallTimeout } from './connect.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** Name and type of each search attribute that is wanted. */
export type WantedAttributes = Readonly<Record<string, 'Keyword' | 'Bool'>>;

const TYPES = { Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL } as const;

/** A search attribute of this name exists with another type; Temporal cannot change it. */
export class SearchAttributeConflict extends Error {
  override readonly name = 'SearchAttributeConflict';
}

/** Makes the search attributes that the namespace lacks. Needs Temporal; throws what its client throws, and SearchAttributeConflict. */
export const ensureSearchAttributes = async (client: Client, wanted: WantedAttributes): Promise<void> => {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  await withinCallTimeout(client, async () => {
    const missing = missingAmong(wanted, (await operatorService.listSearchAttributes({ namespace })).customAttributes);
    if (Object.keys(missing).length === 0) return;
    try {
      await operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
    } catch (error) {
      // Another process was faster.
      const left = missingAmong(wanted, (await operatorService.listSearchAttributes({ namespace })).customAttributes);
      if (Object.keys(left).length > 0) throw error;
    }
  });
};

const missingAmong = (wanted: WantedAttributes, existing: Readonly<Record<string, number>>): Record<string, number> => {
  const missing: Record<string, number> = {};
  for (const [name, type] of Object.entries(wanted)) {
    if (existing[name] === undefined) missing[name] = TYPES[type];
    else if (existing[name] !== Number(TYPES[type])) throw new SearchAttributeConflict(`Temporal has a search attribute ${name} that is not a ${type}.`);
  }
  return missing;
};
