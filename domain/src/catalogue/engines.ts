import type { CatalogueEngine } from './catalogue-engine.js';
import { working, type ClusterMode, type EngineCapabilities, type Replication } from './engine-capabilities.js';
import type { EngineTraits } from './engine-traits.js';
import { MYSQL_FAMILY } from './mysql-family.js';
import { OTHER_ENGINES } from './other-engines.js';
import { POSTGRESQL_FAMILY } from './postgresql-family.js';
import { REDIS_FAMILY } from './redis-family.js';

/** Every engine of the product, with what works marked honestly. */
export const ENGINES: readonly CatalogueEngine[] = [...POSTGRESQL_FAMILY, ...MYSQL_FAMILY, ...REDIS_FAMILY, ...OTHER_ENGINES];

export const findEngine = (id: string): CatalogueEngine | undefined => ENGINES.find((engine) => engine.id === id);

/** Those that a cluster can have now. */
export const deployableEngines = (): readonly CatalogueEngine[] => ENGINES.filter((engine) => engine.notDeployable === undefined);

export const defaultVersionOf = (engine: CatalogueEngine): string => engine.versions[0];

/** The engine's row of the table, for one version. */
export const capabilitiesOf = (engine: CatalogueEngine, version: string): EngineCapabilities => ({
  ...engine.capabilities,
  ...(engine.exceptions?.[version] ?? {}),
});

export const workingModes = (engine: CatalogueEngine, version: string): ClusterMode[] => working(capabilitiesOf(engine, version).modes);

export const workingReplication = (engine: CatalogueEngine, version: string): Replication[] => working(capabilitiesOf(engine, version).replication);

export const findTraits = (engine: string): EngineTraits | undefined => findEngine(engine)?.traits;

/** Traits of an engine that a cluster has; one without them is a bug, since the catalogue let it be deployed. */
export const traitsOf = (engine: string): EngineTraits => {
  const traits = findTraits(engine);
  if (traits === undefined) throw new Error(`Nothing is known of engine ${engine}.`);
  return traits;
};

/** Ports that must be free on the machine of a node. */
export const portsOfNode = (engine: string, mode: ClusterMode): readonly number[] => {
  const { serverPort, peerPorts } = traitsOf(engine);
  return [serverPort, ...(peerPorts?.[mode] ?? [])];
};

/** Ports that some machine of a cluster needs. Clients of shards know the nodes; all other modes have an endpoint. */
export const portsOfCluster = (engine: string, mode: ClusterMode): readonly number[] => {
  const { readWrite, readOnly } = traitsOf(engine).endpointPorts;
  return mode === 'sharded' ? portsOfNode(engine, mode) : [...portsOfNode(engine, mode), readWrite, readOnly];
};
