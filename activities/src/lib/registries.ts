import type { ClusterMode, EndpointDriver, MultiPrimaryEngine, Provider, ReplicatedEngine, ShardedEngine } from '@holdfast/domain';
import { Refused } from './refused.js';

/** The drivers of one engine, by how its nodes share the work. */
export interface EngineDrivers {
  readonly replicated: ReplicatedEngine;
  /** Absent where the engine has no such mode. */
  readonly multiPrimary?: MultiPrimaryEngine;
  /** Absent where the engine has no such mode. */
  readonly sharded?: ShardedEngine;
}

/** By the catalogue's id of the engine. */
export type EngineRegistry = Readonly<Record<string, EngineDrivers>>;

/** Providers by the catalogue's id. */
export type ProviderRegistry = Readonly<Record<string, Provider>>;

/** What activities act through. A second engine or provider is one more entry, and changes no activity. */
export interface Drivers {
  readonly engines: EngineRegistry;
  readonly providers: ProviderRegistry;
  readonly endpoint: EndpointDriver;
}

const driversFor = ({ engines }: Drivers, engine: string): EngineDrivers => {
  const drivers = engines[engine];
  if (drivers === undefined) throw new Refused({ code: 'engine-not-built', detail: `This worker has no driver for ${engine}.` });
  return drivers;
};

export const engineFor = (drivers: Drivers, engine: string): ReplicatedEngine => driversFor(drivers, engine).replicated;

const modeNotBuilt = (engine: string, mode: ClusterMode): Refused => new Refused({ code: 'engine-not-built', detail: `This worker has no driver for ${engine} in mode ${mode}.` });

export const multiPrimaryFor = (drivers: Drivers, engine: string): MultiPrimaryEngine => {
  const driver = driversFor(drivers, engine).multiPrimary;
  if (driver === undefined) throw modeNotBuilt(engine, 'multi-primary');
  return driver;
};

export const shardedFor = (drivers: Drivers, engine: string): ShardedEngine => {
  const driver = driversFor(drivers, engine).sharded;
  if (driver === undefined) throw modeNotBuilt(engine, 'sharded');
  return driver;
};

export const providerFor = ({ providers }: Drivers, name: string): Provider => {
  const provider = providers[name];
  if (provider === undefined) throw new Refused({ code: 'provider-not-built', detail: `This worker has no adapter for ${name}.` });
  return provider;
};
