import type { EventStore, Secrets } from '@holdfast/domain';
import type { ApiTokens } from '@holdfast/infra/access';
import type { Logger } from 'pino';
import type { SupplySource, VersionSource } from './catalogue/offers.js';
import type { HostDoor } from './hosts/host-door.js';
import type { StartWorkflow } from './operations/operation-starter.js';
import type { ReadModels } from './read-models.port.js';
import type { TemporalDoor } from './temporal/temporal-door.js';

/** What the API needs of the outside; `main.ts` gives adapters, tests give real stores and what they want to see. */
export interface ApiDependencies {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly tokens: ApiTokens;
  readonly secrets: Pick<Secrets, 'get'>;
  /** By the provider's id. */
  readonly versionSources: Readonly<Record<string, VersionSource>>;
  /** By the provider's id, of those that have only some machines. */
  readonly supplies?: Readonly<Record<string, SupplySource>>;
  readonly startWorkflow: StartWorkflow;
  readonly temporal: TemporalDoor;
  readonly hosts: HostDoor;
  /** Origins whose pages may call the codec: Temporal's web UI. */
  readonly codecOrigins: readonly string[];
  readonly logger: Logger;
}

/** Names under which handlers get them. */
export const EVENT_STORE = Symbol('EventStore');
export const READ_MODELS = Symbol('ReadModels');
export const SECRETS = Symbol('Secrets');
export const TEMPORAL_DOOR = Symbol('TemporalDoor');
