import type { EngineCapabilities } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';

/** One engine as people see it, and as plans and activities need it. */
export interface CatalogueEngine {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Versions that a request names, newest first; the first is the default. */
  readonly versions: readonly [string, ...string[]];
  /** Of every version that `exceptions` does not list. */
  readonly capabilities: EngineCapabilities;
  /** By version: where it differs. */
  readonly exceptions?: Readonly<Record<string, Partial<EngineCapabilities>>>;
  /** Absent where no driver knows it. */
  readonly traits?: EngineTraits;
  /** Why it cannot be deployed; absent when it can. */
  readonly notDeployable?: string;
}
