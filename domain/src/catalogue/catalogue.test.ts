import { findTraits, traitsOf } from './engine-traits.js';
import { ENGINES, findEngine } from './engines.js';
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
    for (const engine of ENGINES) expect(engine.defaultVersion).toBe(engine.versions[0]);
  });
  it('says honestly what can be deployed', () => {
    expect(ENGINES.filter((engine) => engine.notDeployable === undefined).map((engine) => engine.id)).toEqual(['postgresql']);
    expect(PROVIDERS.filter((provider) => provider.notDeployable === undefined).map((provider) => provider.id)).toEqual(['local']);
  });
  it('knows what plans need of every engine that can be deployed', () => {
    for (const engine of ENGINES) if (engine.notDeployable === undefined) expect(traitsOf(engine.id).serverPort).toBeGreaterThan(1023);
    expect(findTraits('oracle')).toBeUndefined();
    expect(() => traitsOf('oracle')).toThrow('Nothing is known of engine oracle.');
  });
  it('names a size after what it holds', () => {
    for (const plan of PLANS) expect(plan.id).toMatch(new RegExp(`-${plan.cpuCount}C-${plan.memoryBytes / 1024 ** 3}G$`));
  });
  it('reckons a month as the documents do', () => {
    expect(HOURS_PER_MONTH).toBe(730);
  });
});
