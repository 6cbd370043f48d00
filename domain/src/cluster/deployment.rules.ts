import type { CatalogueEngine } from '../catalogue/catalogue-engine.js';
import { capabilitiesOf, deployableEngines, ENGINES, findEngine, workingModes, workingReplication } from '../catalogue/engines.js';
import { findPlan, PLANS } from '../catalogue/plans.js';
import { findProvider, PROVIDERS } from '../catalogue/providers.js';
import type { Fault } from '../kernel/decision.js';
import type { DeployClusterInput } from '../operation/operation-input.js';
import type { MachineSupply } from '../ports/provider.js';

/** DNS label without capitals (RFC 1123), at least 3 characters: names become host names and file names. */
export const CLUSTER_NAME_PATTERN = /^[a-z](?:[a-z0-9-]{1,61}[a-z0-9])$/;
export const CLUSTER_NAME_RULE = '3 to 63 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen';

export const NODES_MIN = 1;
/** PostgreSQL keeps a walsender and a slot a replica; beyond this cascading would be wanted. */
export const NODES_MAX = 16;

/** Two members cannot tell which of them is alone: the group stops when they lose each other. */
export const MEMBERS_MIN = 3;
/** Cluster mode elects by a majority of primaries, and its makers' tools form no cluster of fewer (`valkey-cli --cluster create`). */
export const SHARDS_MIN = 3;

/** What a provider's machines can get now: asked of the provider before the decision. */
export interface Offer {
  readonly engineVersions: readonly string[];
  /** Absent: as many machines as are wanted. */
  readonly machines?: MachineSupply;
}

/** Everything that is wrong with a deployment, all at once. */
export const deploymentFaults = (input: DeployClusterInput, offer: Offer): Fault[] => [
  ...nameFaults(input.name),
  ...engineFaults(input, offer),
  ...sizeFaults(input),
  ...placeFaults(input),
];

const fault = (field: string, code: string, detail: string): Fault => ({ field, code, detail });

const nameFaults = (name: string): Fault[] =>
  CLUSTER_NAME_PATTERN.test(name) ? [] : [fault('name', 'invalid-name', `A cluster's name is ${CLUSTER_NAME_RULE}.`)];

const engineFaults = (input: DeployClusterInput, offer: Offer): Fault[] => {
  const engine = findEngine(input.engine);
  if (engine === undefined) {
    return [fault('engine', 'unknown-engine', `There is no engine ${input.engine}. Known: ${ENGINES.map((known) => known.id).join(', ')}.`)];
  }
  if (engine.notDeployable !== undefined) {
    const deployable = deployableEngines().map((known) => known.id);
    return [fault('engine', 'engine-not-deployable', `${engine.title} cannot be deployed: ${engine.notDeployable} Deployable: ${deployable.join(', ')}.`)];
  }
  return [...versionFaults(engine, input.version, offer), ...modeFaults(engine, input), ...replicationFaults(engine, input)];
};

const versionFaults = (engine: CatalogueEngine, version: string, offer: Offer): Fault[] => {
  if (!engine.versions.includes(version)) {
    return [fault('version', 'unknown-version', `${engine.title} has no version ${version}. Known: ${engine.versions.join(', ')}.`)];
  }
  // Where no machine is free, none says what it can get: that more are needed is told, once all else is right.
  if (offer.machines?.free !== 0 && !offer.engineVersions.includes(version)) {
    const offered = engine.versions.filter((known) => offer.engineVersions.includes(known));
    return [fault('version', 'version-not-available', `${engine.title} ${version} cannot be had on these machines. Available: ${offered.join(', ') || 'none'}.`)];
  }
  return [];
};

const modeFaults = (engine: CatalogueEngine, input: DeployClusterInput): Fault[] => {
  const works = `Modes that work: ${workingModes(engine, input.version).join(', ')}.`;
  switch (capabilitiesOf(engine, input.version).modes[input.mode]) {
    case 'works':
      return [];
    case 'not-built':
      return [fault('mode', 'mode-not-built', `Mode ${input.mode} of ${engine.title} ${input.version} is not built yet. ${works}`)];
    case 'not-in-engine':
      return [fault('mode', 'unknown-mode', `${engine.title} has no mode ${input.mode}. ${works}`)];
  }
};

/** Why the engine cannot keep what the request asks of a commit. */
export const replicationFaults = (engine: CatalogueEngine, input: DeployClusterInput): Fault[] => {
  const works = `What works: ${workingReplication(engine, input.version).join(', ') || 'none'}.`;
  switch (capabilitiesOf(engine, input.version).replication[input.replication]) {
    case 'works':
      return [];
    case 'not-built':
      return [fault('replication', 'replication-not-built', `Replication ${input.replication} of ${engine.title} ${input.version} is not built yet. ${works}`)];
    case 'not-in-engine':
      return [fault('replication', 'replication-not-in-engine', `${engine.title} has no replication ${input.replication}. ${works}`)];
  }
};

const sizeFaults = (input: DeployClusterInput): Fault[] => {
  const faults: Fault[] = [];
  if (!Number.isInteger(input.nodes) || input.nodes < NODES_MIN || input.nodes > NODES_MAX) {
    faults.push(fault('nodes', 'invalid-node-count', `A cluster has ${NODES_MIN} to ${NODES_MAX} nodes, not ${input.nodes}.`));
  } else if (input.mode === 'single' && input.nodes !== 1) {
    faults.push(fault('nodes', 'invalid-node-count', `Mode single has exactly 1 node, not ${input.nodes}. For more choose primary-replica.`));
  } else if (input.mode === 'primary-replica' && input.nodes < 2) {
    faults.push(fault('nodes', 'invalid-node-count', 'Mode primary-replica has at least 2 nodes. For 1 node choose single.'));
  } else if (input.mode === 'multi-primary' && input.nodes < MEMBERS_MIN) {
    faults.push(
      fault('nodes', 'too-few-members', `Mode multi-primary has at least ${MEMBERS_MIN} members, not ${input.nodes}: fewer cannot tell which of them still serves when they lose each other.`),
    );
  }
  return [...faults, ...shardFaults(input), ...syncFaults(input)];
};

const syncFaults = (input: DeployClusterInput): Fault[] => {
  if (input.replication !== 'sync') return [];
  if (input.mode === 'multi-primary') return [fault('replication', 'replication-not-in-mode', 'In mode multi-primary the group itself agrees on each commit: leave replication out.')];
  if (input.replicasPerShard === 0) return [fault('replicasPerShard', 'sync-needs-replica', 'Synchronous shards have at least 1 replica each: a primary without one would refuse every write.')];
  return input.nodes < 2 ? [fault('replication', 'sync-needs-replica', 'Synchronous replication needs at least 2 nodes.')] : [];
};

const isCount = (count: number, least: number): boolean => Number.isInteger(count) && count >= least;

const shardFaults = ({ mode, nodes, shards, replicasPerShard }: DeployClusterInput): Fault[] => {
  const faults: Fault[] = [];
  if (mode !== 'sharded') {
    if (shards !== undefined) faults.push(fault('shards', 'shards-not-in-mode', `Mode ${mode} has no shards. Choose mode sharded.`));
    if (replicasPerShard !== undefined) faults.push(fault('replicasPerShard', 'shards-not-in-mode', `Mode ${mode} has no shards. Choose mode sharded.`));
    return faults;
  }
  if (shards === undefined || !isCount(shards, SHARDS_MIN)) {
    faults.push(fault('shards', 'too-few-shards', `A sharded cluster has at least ${SHARDS_MIN} shards, not ${shards ?? 'none'}: a majority of their primaries must agree.`));
  }
  if (replicasPerShard === undefined || !isCount(replicasPerShard, 0)) {
    faults.push(fault('replicasPerShard', 'invalid-replica-count', `A shard has 0 or more replicas, not ${replicasPerShard ?? 'none'}.`));
  }
  const wanted = (shards ?? 0) * (1 + (replicasPerShard ?? 0));
  if (faults.length === 0 && wanted !== nodes) {
    faults.push(fault('nodes', 'invalid-node-count', `${shards} shards with ${replicasPerShard} replicas each are ${wanted} nodes, not ${nodes}.`));
  }
  return faults;
};

const placeFaults = (input: DeployClusterInput): Fault[] => {
  const faults = [...planFaults('plan', input.plan)];
  const provider = findProvider(input.provider);
  if (provider === undefined) {
    faults.push(fault('provider', 'unknown-provider', `There is no provider ${input.provider}. Known: ${PROVIDERS.map((known) => known.id).join(', ')}.`));
  } else if (provider.notDeployable !== undefined) {
    faults.push(fault('provider', 'provider-not-deployable', `${provider.title} cannot be used: ${provider.notDeployable}`));
  } else if (!provider.regions.includes(input.region)) {
    faults.push(fault('region', 'unknown-region', `${provider.title} has no region ${input.region}. Known: ${provider.regions.join(', ')}.`));
  }
  return faults;
};

export const planFaults = (field: string, plan: string): Fault[] =>
  findPlan(plan) === undefined ? [fault(field, 'unknown-plan', `There is no plan ${plan}. Known: ${PLANS.map((known) => known.id).join(', ')}.`)] : [];
