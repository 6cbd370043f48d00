import type { CatalogueEngine } from '../catalogue/catalogue-engine.js';
import { capabilitiesOf, deployableEngines, ENGINES, findEngine, workingModes, workingReplication } from '../catalogue/engines.js';
import { findPlan, PLANS } from '../catalogue/plans.js';
import { findProvider, PROVIDERS } from '../catalogue/providers.js';
import type { Fault } from '../kernel/decision.js';
import type { DeployClusterInput } from '../operation/operation-input.js';

/** DNS label without capitals (RFC 1123), at least 3 characters: names become host names and file names. */
export const CLUSTER_NAME_PATTERN = /^[a-z](?:[a-z0-9-]{1,61}[a-z0-9])$/;
export const CLUSTER_NAME_RULE = '3 to 63 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen';

export const NODES_MIN = 1;
/** PostgreSQL keeps a walsender and a slot a replica; beyond this cascading would be wanted. */
export const NODES_MAX = 16;

/** What a provider's machines can get now: asked of the provider before the decision. */
export interface Offer {
  readonly engineVersions: readonly string[];
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
  if (!offer.engineVersions.includes(version)) {
    const offered = engine.versions.filter((known) => offer.engineVersions.includes(known));
    return [fault('version', 'version-not-available', `${engine.title} ${version} cannot be had on these machines. Available: ${offered.join(', ') || 'none'}.`)];
  }
  return [];
};

const modeFaults = (engine: CatalogueEngine, input: DeployClusterInput): Fault[] => {
  const works = `Modes that work: ${workingModes(engine, input.version).join(', ') || 'none'}.`;
  switch (capabilitiesOf(engine, input.version).modes[input.mode]) {
    case 'works':
      return [];
    case 'not-built':
      return [fault('mode', 'mode-not-built', `Mode ${input.mode} of ${engine.title} ${input.version} is not built yet. ${works}`)];
    case 'not-in-engine':
      return [fault('mode', 'unknown-mode', `${engine.title} has no mode ${input.mode}. ${works}`)];
  }
};

const replicationFaults = (engine: CatalogueEngine, input: DeployClusterInput): Fault[] => {
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
  }
  if (input.replication === 'sync' && input.nodes < 2) {
    faults.push(fault('replication', 'sync-needs-replica', 'Synchronous replication needs at least 2 nodes.'));
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
