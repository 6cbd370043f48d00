import { describe, expect, it } from '@jest/globals';
import type { EventStore, MachineListing, Provider, RecordedFact } from '@holdfast/domain';
import { MachineReaper } from './machine-reaper.js';

const HOUR_MS = 3_600_000;
const NOW = new Date('2030-01-10T00:00:00Z');
const hoursAgo = (hours: number): string => new Date(NOW.getTime() - hours * HOUR_MS).toISOString();

const fact = (clusterId: string, type: string, data: object = {}): RecordedFact =>
  ({ id: '', type, schemaVersion: 1, data: { clusterId, ...data }, meta: { actor: 'a', correlationId: 'c' }, stream: `cluster-${clusterId}`, version: 0, position: '', at: '' });
const requested = (clusterId: string): RecordedFact => fact(clusterId, 'ClusterRequested', { name: clusterId });
const reserved = (clusterId: string, nodeId: string): RecordedFact => fact(clusterId, 'NodeReserved', { nodeId, name: nodeId, ordinal: 1, role: 'primary', plan: 'SMALL-1C-1G' });

/** Only what the reaper asks of a store: all facts, in two pages. */
const storeOf = (facts: readonly RecordedFact[]): EventStore => {
  const half = Math.ceil(facts.length / 2);
  const known: Pick<EventStore, 'readAll'> = {
    readAll: async ({ after }) => (after === '' ? { facts: facts.slice(0, half), next: '1' } : { facts: after === '1' ? facts.slice(half) : [], next: '2' }),
  };
  return known as EventStore;
};

const machine = (clusterId: string, machineId: string, changes: Partial<MachineListing> = {}): MachineListing => ({
  clusterId,
  machineId,
  name: machineId,
  address: '127.1.0.1',
  createdAt: hoursAgo(100),
  state: 'present',
  ...changes,
});

const look = async (facts: readonly RecordedFact[], machines: readonly MachineListing[]): Promise<{ acts: string[]; told: string[] }> => {
  const [acts, told]: [string[], string[]] = [[], []];
  const provider: Pick<Provider, 'name' | 'list' | 'quarantine' | 'destroy'> = {
    name: 'local',
    list: async () => [...machines],
    quarantine: async (id) => void acts.push(`quarantine ${id}`),
    destroy: async (id) => void acts.push(`destroy ${id}`),
  };
  const tell = (about: object): void => void told.push(JSON.stringify(about));
  await new MachineReaper(storeOf(facts), [], { now: () => NOW }, { info: tell, warn: tell } as never).reap(provider as Provider);
  return { acts, told };
};

const quarantined = { state: 'quarantined' as const, quarantinedAt: hoursAgo(73) };

describe('the reaper', () => {
  it('leaves what facts know: reserved nodes, and the endpoint before its fact', async () => {
    const facts = [requested('c1'), reserved('c1', 'c1-n1')];
    expect((await look(facts, [machine('c1', 'c1-n1'), machine('c1', 'c1-endpoint')])).acts).toEqual([]);
  });
  it('sets aside what facts have released, and everything of a deleted cluster', async () => {
    const facts = [requested('c1'), reserved('c1', 'c1-n1'), fact('c1', 'NodeReleased', { nodeId: 'c1-n1' }), requested('c2'), reserved('c2', 'c2-n1'), fact('c2', 'ClusterDeleted')];
    const { acts, told } = await look(facts, [machine('c1', 'c1-n1'), machine('c2', 'c2-n1'), machine('c2', 'c2-endpoint')]);
    expect(acts).toEqual(['quarantine c1-n1', 'quarantine c2-n1', 'quarantine c2-endpoint']);
    expect(told).toEqual([JSON.stringify({ provider: 'local', machines: ['c1-n1', 'c2-n1', 'c2-endpoint'] })]);
  });
  it('leaves the machines of a deleted cluster while an operation still works on it', async () => {
    const busy = fact('c1', 'OperationAccepted', { operationId: 'op', kind: 'delete-cluster', requestHash: '', planHash: '' });
    expect((await look([requested('c1'), busy, fact('c1', 'ClusterDeleted')], [machine('c1', 'c1-endpoint')])).acts).toEqual([]);
  });
  it('removes what has waited in quarantine', async () => {
    expect((await look([requested('c1')], [machine('c1', 'c1-n9', quarantined)])).acts).toEqual(['destroy c1-n9']);
  });
  it('looks on where a provider does not answer, and tells it where clusters are on it', async () => {
    const [acts, told]: [string[], string[]] = [[], []];
    const away = (name: string): Provider => ({ name, list: () => Promise.reject(new Error(`${name} is away`)) }) as unknown as Provider;
    const local = { name: 'local', list: async () => [machine('c1', 'c1-n9')], quarantine: async (id: string) => void acts.push(id) } as unknown as Provider;
    const onDocker = fact('c1', 'ClusterRequested', { name: 'c1', provider: 'docker' });
    const logger = { info: () => undefined, warn: (about: { provider: string }) => void told.push(about.provider) };
    await new MachineReaper(storeOf([onDocker]), [away('ssh'), away('docker'), local], { now: () => NOW }, logger as never).reapAll();
    expect([acts, told]).toEqual([['c1-n9'], ['docker', 'local']]);
  });
  it('removes nothing while there is a machine of a cluster that no fact knows: facts may be lost', async () => {
    const machines = [machine('c1', 'c1-n9', quarantined), machine('lost', 'lost-n1', quarantined)];
    expect((await look([requested('c1')], machines)).acts).toEqual([]);
  });
  it('removes a machine whose making has only begun, which names no cluster, and is not kept by it from removing others', async () => {
    const machines = [machine('', 'c1-n8', quarantined), machine('c1', 'c1-n9', quarantined)];
    expect((await look([requested('c1')], machines)).acts).toEqual(['destroy c1-n8', 'destroy c1-n9']);
  });
});
