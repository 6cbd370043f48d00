import fc from 'fast-check';
import type { DeployClusterInput } from '../operation/operation-input.js';
import { deployInput } from './cluster.test-support.js';
import { CLUSTER_NAME_PATTERN, deploymentFaults, NODES_MAX, planFaults } from './deployment.rules.js';

const OFFER = { engineVersions: ['18', '15'] };
const faultsOf = (changes: Partial<DeployClusterInput>, offer = OFFER): [string, string][] =>
  deploymentFaults(deployInput(changes), offer).map((fault) => [fault.field, fault.code]);

describe('a deployment', () => {
  it.each<Partial<DeployClusterInput>>([
    {},
    { nodes: NODES_MAX },
    { nodes: 2, replication: 'sync' },
    { nodes: 1, mode: 'single' },
    { version: '15' },
    { name: 'abc' },
    { name: 'a'.repeat(63) },
    { name: 'a-1' },
  ])('is well formed with %j', (changes) => {
    expect(faultsOf(changes)).toEqual([]);
  });

  it.each<[string, Partial<DeployClusterInput>, [string, string]]>([
    ['a name with spaces', { name: 'my orders' }, ['name', 'invalid-name']],
    ['a name with capitals', { name: 'Orders' }, ['name', 'invalid-name']],
    ['a name of 300 characters', { name: 'a'.repeat(300) }, ['name', 'invalid-name']],
    ['a name of 64 characters', { name: 'a'.repeat(64) }, ['name', 'invalid-name']],
    ['a name of 2 characters', { name: 'ab' }, ['name', 'invalid-name']],
    ['a name that begins with a digit', { name: '1abc' }, ['name', 'invalid-name']],
    ['a name that ends with a hyphen', { name: 'abc-' }, ['name', 'invalid-name']],
    ['a name with a line end', { name: 'orders\n' }, ['name', 'invalid-name']],
    ['an empty name', { name: '' }, ['name', 'invalid-name']],
    ['an unknown engine', { engine: 'oracle' }, ['engine', 'unknown-engine']],
    ['an engine that is not built', { engine: 'hydra', version: '1' }, ['engine', 'engine-not-deployable']],
    ['an unknown version', { version: '9.6' }, ['version', 'unknown-version']],
    ['a version that these machines cannot get', { version: '16' }, ['version', 'version-not-available']],
    ['a mode the engine lacks', { mode: 'multi-primary' }, ['mode', 'unknown-mode']],
    ['0 nodes', { nodes: 0 }, ['nodes', 'invalid-node-count']],
    ['100 nodes', { nodes: 100 }, ['nodes', 'invalid-node-count']],
    ['2.5 nodes', { nodes: 2.5 }, ['nodes', 'invalid-node-count']],
    ['NaN nodes', { nodes: Number.NaN }, ['nodes', 'invalid-node-count']],
    ['3 nodes in mode single', { nodes: 3, mode: 'single' }, ['nodes', 'invalid-node-count']],
    ['1 node in mode primary-replica', { nodes: 1 }, ['nodes', 'invalid-node-count']],
    ['one synchronous node', { nodes: 1, mode: 'single', replication: 'sync' }, ['replication', 'sync-needs-replica']],
    ['an unknown plan', { plan: 'HUGE' }, ['plan', 'unknown-plan']],
    ['an unknown provider', { provider: 'moon' }, ['provider', 'unknown-provider']],
    ['a provider that is not built', { provider: 'aws' }, ['provider', 'provider-not-deployable']],
    ['an unknown region', { region: 'mars' }, ['region', 'unknown-region']],
  ])('is refused with %s', (_, changes, expected) => {
    expect(faultsOf(changes)).toEqual([expected]);
  });

  it('is told all its faults at once', () => {
    expect(faultsOf({ name: '', engine: 'oracle', nodes: 0, plan: 'HUGE', provider: 'moon' }).map(([field]) => field)).toEqual([
      'name',
      'engine',
      'nodes',
      'plan',
      'provider',
    ]);
  });
  it('is told which versions can be had', () => {
    const detailOf = (engineVersions: string[]): string | undefined => deploymentFaults(deployInput({ version: '16' }), { engineVersions })[0]?.detail;
    expect(detailOf(['15', '18'])).toContain('Available: 18, 15.');
    expect(detailOf([])).toContain('Available: none.');
  });
  it('is told which engines can be had', () => {
    expect(deploymentFaults(deployInput({ engine: 'keydb' }), OFFER)[0]?.detail).toMatch(/^KeyDB cannot be deployed: No KeyDB server .* Deployable: postgresql, /);
  });
  it('never passes a name that is no DNS label', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), (name) => {
        if (CLUSTER_NAME_PATTERN.test(name)) expect(name).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/);
        else expect(faultsOf({ name })).toEqual([['name', 'invalid-name']]);
      }),
    );
  });
});

describe('the size of a node', () => {
  it('is one of the catalogue', () => {
    expect(planFaults('plan', 'MEDIUM-2C-4G')).toEqual([]);
    expect(planFaults('size', 'HUGE')).toMatchObject([{ field: 'size', code: 'unknown-plan' }]);
  });
});
