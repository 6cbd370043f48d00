import { capabilitiesOf, defaultVersionOf, ENGINES, findEngine, findTraits, portsOfCluster, portsOfNode, traitsOf, workingModes, workingReplication } from './engines.js';
import { DEFAULT_PLAN, findPlan, HOURS_PER_MONTH, PLANS } from './plans.js';
import { findProvider, PROVIDERS } from './providers.js';

describe('the catalogue', () => {
  it('finds what it has and nothing else', () => {
    expect(findEngine('postgresql')?.title).toBe('PostgreSQL');
    expect(findEngine('oracle')).toBeUndefined();
    expect(findPlan(DEFAULT_PLAN)?.cpuCount).toBe(1);
    expect(findPlan('HUGE')).toBeUndefined();
    expect(findProvider('local')?.regions).toEqual(['local']);
    expect(findProvider('moon')).toBeUndefined();
  });
  it.each([
    ['engines', ENGINES],
    ['plans', PLANS],
    ['providers', PROVIDERS],
  ])('names each of its %s once', (_, entries) => {
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
  });
  it('defaults to the newest version', () => {
    for (const engine of ENGINES) {
      const newestFirst = [...engine.versions].sort((one, other) => Number(other) - Number(one));
      expect(engine.versions).toEqual(newestFirst);
      expect(defaultVersionOf(engine)).toBe(newestFirst[0]);
    }
  });
  it('says honestly what can be deployed', () => {
    const deployable = ENGINES.filter((engine) => engine.notDeployable === undefined);
    expect(deployable.map((engine) => engine.id)).toContain('postgresql');
    for (const engine of deployable) for (const version of engine.versions) expect(workingModes(engine, version)).not.toEqual([]);
    // Whose reason is that something cannot be had must say where it could be.
    for (const engine of ENGINES) if (engine.notDeployable !== undefined) expect(engine.notDeployable).toMatch(/\.$/);
    expect(findEngine('hydra')?.notDeployable).toContain('container image');
  });
  it('claims nothing to work for an engine that cannot be deployed', () => {
    for (const engine of ENGINES.filter(({ notDeployable }) => notDeployable !== undefined)) {
      for (const version of engine.versions) {
        expect(JSON.stringify(capabilitiesOf(engine, version))).not.toContain('"works"');
        expect([workingModes(engine, version), workingReplication(engine, version)]).toEqual([[], []]);
      }
    }
  });
  it('says what sync promises wherever there is one, and only of versions that exist', () => {
    for (const engine of ENGINES) {
      expect(engine.capabilities.syncPromise === undefined).toBe(engine.capabilities.replication.sync === 'not-in-engine');
      for (const version of Object.keys(engine.exceptions ?? {})) expect(engine.versions).toContain(version);
    }
  });
  it('knows what plans need of every engine that can be deployed', () => {
    for (const engine of ENGINES) if (engine.notDeployable === undefined) expect(traitsOf(engine.id).serverPort).toBeGreaterThan(1023);
    expect(findTraits('oracle')).toBeUndefined();
    expect(() => traitsOf('oracle')).toThrow('Nothing is known of engine oracle.');
  });
  it('knows the ports that machines must have free', () => {
    expect(portsOfNode('valkey', 'primary-replica')).toEqual([traitsOf('valkey').serverPort]);
    expect(portsOfNode('valkey', 'sharded').length).toBeGreaterThan(1);
    expect(portsOfCluster('valkey', 'sharded')).toEqual(portsOfNode('valkey', 'sharded'));
    const { serverPort, endpointPorts } = traitsOf('postgresql');
    expect(portsOfCluster('postgresql', 'single')).toEqual([serverPort, endpointPorts.readWrite, endpointPorts.readOnly]);
  });
  it('knows how an endpoint asks members that all take writes: by a statement whose text alone does not say yes', () => {
    for (const engine of ENGINES.filter(({ capabilities }) => capabilities.modes['multi-primary'] === 'works')) {
      const { question = '', yes = '', account } = traitsOf(engine.id).memberChecks?.['multi-primary'] ?? {};
      expect(question).toMatch(/^SELECT .* AS answer FROM /);
      expect(question).toContain(`'${yes}'`);
      expect(account).toBe('holdfast_check');
    }
    expect(traitsOf('mysql').memberChecks?.['primary-replica']).toBeUndefined();
  });
  it('names a size after what it holds', () => {
    for (const plan of PLANS) expect(plan.id).toMatch(new RegExp(`-${plan.cpuCount}C-${plan.memoryBytes / 1024 ** 3}G$`));
  });
  it('says honestly where machines can be had', () => {
    expect(PROVIDERS.filter((provider) => provider.notDeployable === undefined).map((provider) => provider.id)).toContain('local');
  });
  it('reckons a month as the documents do', () => {
    expect(HOURS_PER_MONTH).toBe(730);
  });
});
