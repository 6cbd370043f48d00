import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationStream, replicasOf, type OperationEvent } from '@holdfast/domain';
import { eventually } from '../support/api-client.js';
import { EventStoreHostRegistry } from '@holdfast/infra/hosts';
import { SshProvider } from '@holdfast/infra/providers/ssh';
import { giveHostsBack } from '../../services/cli/src/stack/own-hosts.js';
import { Stack } from '../../services/cli/src/stack/stack.js';
import { REPOSITORY } from '../../services/cli/src/repository.js';
import { startSshContainers, type SshContainers, type SshServerOptions } from '../support/ssh-containers.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster, serversSayWhatFactsSay, stepStarted, writeThroughEndpoint } from '../support/truth.js';

const NAME = 'on-hosts';
/** Packages are installed on each host. */
const DEPLOY_MS = 400_000;
const OPERATION_MS = 200_000;
/** A step is tried three times before its problem is journalled, and each try waits for signs of life. */
const PROBLEM_MS = 120_000;
const DEPLOY = { name: NAME, engine: 'postgresql', version: '15', mode: 'primary-replica', nodes: 2, provider: 'ssh' };

interface HostRow {
  readonly id: string;
  readonly address: string;
  readonly status: string;
  readonly clusterId?: string;
}

/** Through every layer, as the end-to-end tests of this machine's own: the machines are servers with systemd and a real sshd. */
describe('clusters on servers over SSH', () => {
  let containers: SshContainers;
  let stack: TestStack;
  let folder: string;
  const asTheyWere = new Map<string, readonly string[]>();

  beforeAll(async () => {
    containers = await startSshContainers();
    stack = await TestStack.start();
    folder = mkdtempSync(join(tmpdir(), 'holdfast-hosts-'));
    writeFileSync(join(folder, 'key'), containers.privateKey, { mode: 0o600 });
  }, 400_000);
  afterAll(async () => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
    await stack?.stop();
    await containers?.stop();
  }, 200_000);

  /** A new server, registered by the command line. */
  const addHost = async (options?: SshServerOptions): Promise<string> => {
    const { address, user } = await containers.start(options);
    asTheyWere.set(address, await containers.stateOf(address));
    const { exitCode, stdout, stderr } = await stack.cli('hosts', 'add', address, '--user', user, '--key', join(folder, 'key'), '--json');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ address, user, status: 'free', problems: [] });
    return address;
  };
  const hosts = async (): Promise<readonly HostRow[]> => JSON.parse((await stack.cli('hosts', 'list', '--json')).stdout).items as HostRow[];
  const addressesOf = (rows: readonly HostRow[], status: string): string[] => rows.filter((row) => row.status === status).map(({ address }) => address).sort();
  const operation = async (method: string, path: string, body: object, limitMs = OPERATION_MS): Promise<void> => stack.succeeded(await stack.api.accepted(method, path, body), limitMs);
  /** What hindered the step (or any), as the journal says. */
  const problemOf = (operationId: string, step?: string): Promise<object> =>
    eventually('the journal tells a problem', PROBLEM_MS, async () => {
      const facts = await stack.store.readStream(operationStream(operationId));
      const failed = facts.map(({ type, data }) => ({ type, data }) as OperationEvent).find((fact) => fact.type === 'StepFailed' && (step === undefined || fact.data.step === step));
      return failed?.type === 'StepFailed' ? failed.data.problem : undefined;
    });
  const isAsItWas = async (address: string): Promise<void> => expect(await containers.stateOf(address)).toEqual(asTheyWere.get(address));

  it('need as many usable hosts as nodes and one for the endpoint; too few are refused at once, with why', async () => {
    const [, asks] = await Promise.all([addHost(), containers.start({ sudo: 'with-password' }), addHost()]);
    const added = await stack.cli('hosts', 'add', asks.address, '--user', asks.user, '--key', join(folder, 'key'), '--json');
    expect([added.exitCode, JSON.parse(added.stdout).problems]).toEqual([1, [expect.objectContaining({ code: 'host-without-root' })]]);
    const before = (await stack.store.readAll({ after: '', limit: 1_000 })).facts.length;
    const refusal = await stack.api.post('/clusters', DEPLOY);
    expect([refusal.status, refusal.body]).toEqual([409, expect.objectContaining({ code: 'not-enough-machines', needed: 3, free: 2, missing: 1 })]);
    expect(String(refusal.body['detail'])).toMatch(/3 machines are needed.* 2 are free: 1 more is needed\. .* cannot be used: .*sudo asks for a password/);
    expect((await stack.store.readAll({ after: '', limit: 1_000 })).facts).toHaveLength(before);
    expect((await stack.cli('hosts', 'remove', `${asks.address}-22`)).exitCode).toBe(0);
  }, DEPLOY_MS);

  it('are deployed where each node and the endpoint has a host of its own', async () => {
    await addHost();
    await operation('POST', '/clusters', DEPLOY, DEPLOY_MS);
    await serversSayWhatFactsSay(stack, NAME);
    const { nodes, endpoint } = await readCluster(stack, NAME);
    expect([...nodes.map(({ address }) => address), endpoint?.address].sort()).toEqual(addressesOf(await hosts(), 'in-use'));
    expect((await stack.api.post(`/clusters/${NAME}/nodes`, {})).body).toMatchObject({ status: 409, code: 'not-enough-machines', needed: 1, free: 0 });
  }, DEPLOY_MS);

  it('grow by a node on a server whose account becomes root by sudo and which is cut off in the middle, under a writing client', async () => {
    const address = await addHost({ sudo: 'without-password' });
    const writer = await writeThroughEndpoint(stack, NAME);
    const added = await stack.api.accepted('POST', `/clusters/${NAME}/nodes`, {});
    await stepStarted(stack, added, 'install-engine', 120_000);
    await containers.setNetwork(address, false);
    const problem = await problemOf(added, 'install-engine');
    const node = (await readCluster(stack, NAME)).nodes.at(-1);
    expect(problem).toMatchObject({ code: 'machine-unreachable', node: node?.id, message: expect.stringContaining(address) });
    await containers.setNetwork(address, true);
    await stack.succeeded(added, OPERATION_MS);
    expect(await writer.stop()).toMatchObject({ brokenCount: 0, missingIds: [] });
    await serversSayWhatFactsSay(stack, NAME);
    expect((await readCluster(stack, NAME)).nodes.at(-1)).toMatchObject({ id: node?.id, address });
    await eventually('nothing of the cut command runs', 60_000, async () => (await containers.inside(address, 'sh', '-c', 'pgrep -c -x apt-get || :')) === '0' || undefined);
  }, DEPLOY_MS);

  it('move their primary under a writing client, and nothing acknowledged is lost', async () => {
    const target = replicasOf(await readCluster(stack, NAME)).at(-1)?.name;
    const writer = await writeThroughEndpoint(stack, NAME);
    await operation('POST', `/clusters/${NAME}/nodes/${target}/promote`, { confirm: target });
    await writer.nextAcknowledged(60_000);
    const report = await writer.stop();
    expect(report.missingIds).toEqual([]);
    await serversSayWhatFactsSay(stack, NAME);
    console.log(`PostgreSQL 15 over SSH: longest gap of a switchover ${report.longestGapMs} ms, ${report.acknowledgedCount} writes acknowledged.`);
  }, OPERATION_MS);

  it('say that a server shows another key, and go on once somebody has agreed to it; the server of a removed node is as it was, and free', async () => {
    const node = replicasOf(await readCluster(stack, NAME))[0];
    const address = String(node?.address);
    const key = await containers.replaceHostKey(address);
    const removed = await stack.api.accepted('DELETE', `/clusters/${NAME}/nodes/${node?.name}`, { confirm: node?.name });
    const problem = await problemOf(removed);
    expect(problem).toMatchObject({ code: 'host-key-changed', message: expect.stringContaining(`shows the key ${key}`) });
    expect((await stack.cli('hosts', 'check', `${address}-22`, '--accept-key', key)).exitCode).toBe(0);
    await stack.succeeded(removed, OPERATION_MS);
    await serversSayWhatFactsSay(stack, NAME);
    expect(addressesOf(await hosts(), 'free')).toEqual([address]);
    await isAsItWas(address);
  }, OPERATION_MS);

  it('give all their servers back when they are deleted', async () => {
    await operation('DELETE', `/clusters/${NAME}`, { confirm: NAME });
    expect(addressesOf(await hosts(), 'free')).toEqual([...asTheyWere.keys()].sort());
    for (const address of asTheyWere.keys()) await isAsItWas(address);
  }, OPERATION_MS);

  it('that want the same servers at once never share one: one gets all it needs, the other gives back what it took', async () => {
    const engine = { engine: 'valkey', version: '8', provider: 'ssh' };
    const both = await Promise.all([
      stack.api.accepted('POST', '/clusters', { ...engine, name: 'one', mode: 'primary-replica', nodes: 2 }),
      stack.api.accepted('POST', '/clusters', { ...engine, name: 'other', mode: 'single', nodes: 1 }),
    ]);
    const ends = both.map((id) => stack.ended(id, DEPLOY_MS).then((state) => ({ id, state })));
    const first = await Promise.race(ends);
    expect(first.state).toBe('succeeded');
    const [winner, loser] = first.id === both[0] ? ['one', 'other'] : ['other', 'one'];
    const lost = both.find((id) => id !== first.id) ?? '';
    expect(await problemOf(lost, 'provision-machines')).toMatchObject({ code: 'no-free-host', message: expect.stringContaining('1 more is needed') });
    await serversSayWhatFactsSay(stack, winner);
    const { id } = await readCluster(stack, winner);
    const served = (await hosts()).filter(({ clusterId }) => clusterId === id).map(({ address }) => address);
    expect(served).toHaveLength(winner === 'one' ? 3 : 2);
    await stack.api.post(`/operations/${lost}/cancel`, {});
    expect((await Promise.all(ends)).map(({ state }) => state).sort()).toEqual(['cancelled', 'succeeded']);
    expect(addressesOf(await hosts(), 'in-use')).toEqual(served.sort());
    for (const address of asTheyWere.keys()) if (!served.includes(address)) await isAsItWas(address);
    expect((await stack.api.get(`/clusters/${loser}`)).body['status']).toBe('deleted');
    await operation('DELETE', `/clusters/${winner}`, { confirm: winner });
    for (const address of asTheyWere.keys()) await isAsItWas(address);
  }, DEPLOY_MS);

  it('serve nobody when the control plane is reset: what no fact knows is shown by the doctor, and given back too', async () => {
    const provider = new SshProvider({ registry: new EventStoreHostRegistry(stack.store, stack.secrets, { actor: 'test', correlationId: 'test' }) });
    const { address } = await provider.create({ machineId: 'c-lost-n1', clusterId: 'c-lost', name: 'lost', ports: [], cpuCount: 1, memoryBytes: 0, diskBytes: 0 });
    await provider.close();
    const { findings } = JSON.parse((await stack.cli('doctor', '--json')).stdout) as { findings: readonly object[] };
    expect(findings).toContainEqual(expect.objectContaining({ what: 'machine lost', verdict: 'note', found: 'c-lost-n1: no fact knows it (present)' }));
    expect(await containers.stateOf(address)).not.toEqual(asTheyWere.get(address));
    const { places } = new Stack(stack.env, REPOSITORY);
    await containers.setNetwork(address, false);
    expect(await giveHostsBack(places)).toMatchObject({ given: 0, kept: [{ address, machineId: 'c-lost-n1', reason: expect.stringContaining('cannot be reached') }] });
    await containers.setNetwork(address, true);
    expect(await giveHostsBack(places)).toEqual({ given: 1, kept: [] });
    await isAsItWas(address);
  }, OPERATION_MS);
});
