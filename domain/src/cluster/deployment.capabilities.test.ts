import type { CatalogueEngine } from '../catalogue/catalogue-engine.js';
import { capabilitiesOf, deployableEngines, ENGINES, workingModes, workingReplication } from '../catalogue/engines.js';
import type { ClusterMode, Replication, Standing } from '../catalogue/engine-capabilities.js';
import { deployInput } from './cluster.test-support.js';
import { deploymentFaults, replicationFaults } from './deployment.rules.js';

const MODE_CODES: Record<Standing, string | undefined> = { works: undefined, 'not-built': 'mode-not-built', 'not-in-engine': 'unknown-mode' };
const REPLICATION_CODES: Record<Standing, string | undefined> = { works: undefined, 'not-built': 'replication-not-built', 'not-in-engine': 'replication-not-in-engine' };

const rows = deployableEngines().flatMap((engine) => engine.versions.map((version) => [`${engine.title} ${version}`, engine, version] as const));

describe('the capability table is what a deployment is judged by', () => {
  it.each(rows)('%s: every mode and kind of commit that does not work is refused with its reason and with what works', (_, engine, version) => {
    const { modes, replication } = capabilitiesOf(engine, version);
    const offer = { engineVersions: engine.versions };
    for (const mode of Object.keys(modes) as ClusterMode[]) {
      const fault = deploymentFaults(deployInput({ engine: engine.id, version, mode }), offer).find(({ field }) => field === 'mode');
      expect([mode, fault?.code]).toEqual([mode, MODE_CODES[modes[mode]]]);
      if (fault !== undefined) expect(fault.detail).toContain(`Modes that work: ${workingModes(engine, version).join(', ')}.`);
    }
    for (const kind of Object.keys(replication) as Replication[]) {
      const codes = deploymentFaults(deployInput({ engine: engine.id, version, replication: kind }), offer).map(({ code }) => code);
      const expected = REPLICATION_CODES[replication[kind]];
      expect(codes.filter((code) => Object.values(REPLICATION_CODES).includes(code))).toEqual(expected === undefined ? [] : [expected]);
      if (expected !== undefined) expect(workingReplication(engine, version)).not.toContain(kind);
    }
  });

  it('refuses a kind of commit that is not built, or that a version of the engine does not have', () => {
    const [known] = deployableEngines() as [CatalogueEngine];
    const replication = { async: 'works', sync: 'not-built' } as const;
    const engine: CatalogueEngine = {
      ...known,
      capabilities: { ...known.capabilities, replication },
      exceptions: { '1': { replication: { async: 'works', sync: 'not-in-engine' } }, '0': { replication: { async: 'not-built', sync: 'not-in-engine' } } },
    };
    const codes = (version: string, kind: Replication): string[] => replicationFaults(engine, deployInput({ version, replication: kind })).map(({ code }) => code);
    expect([codes('2', 'async'), codes('2', 'sync'), codes('1', 'sync')]).toEqual([[], ['replication-not-built'], ['replication-not-in-engine']]);
    expect(replicationFaults(engine, deployInput({ version: '0', replication: 'sync' }))[0]?.detail).toMatch(/What works: none\.$/);
  });

  it('refuses what cannot be deployed by its name, with the reason and what can be', () => {
    for (const engine of ENGINES.filter(({ notDeployable }) => notDeployable !== undefined)) {
      const [fault, ...others] = deploymentFaults(deployInput({ engine: engine.id, version: engine.versions[0] }), { engineVersions: engine.versions });
      expect([fault?.code, others]).toEqual(['engine-not-deployable', []]);
      expect(fault?.detail).toContain(engine.notDeployable);
      for (const { id } of deployableEngines()) expect(fault?.detail).toContain(id);
    }
  });
});
