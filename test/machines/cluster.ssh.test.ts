import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { replicasOf } from '@holdfast/domain';
import { startSshContainers, type SshContainers, type SshServerOptions } from '../support/ssh-containers.js';
import { TestStack } from '../support/test-stack.js';
import { readCluster, serversSayWhatFactsSay, writeThroughEndpoint } from '../support/truth.js';

const NAME = 'on-hosts';
/** Packages are installed on each host. */
const DEPLOY_MS = 400_000;
const OPERATION_MS = 200_000;

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
  const isAsItWas = async (address: string): Promise<void> => expect(await containers.stateOf(address)).toEqual(asTheyWere.get(address));

  it('are deployed where each node and the endpoint has a host of its own', async () => {
    await Promise.all([addHost(), addHost(), addHost()]);
    await operation('POST', '/clusters', { name: NAME, engine: 'postgresql', version: '15', mode: 'primary-replica', nodes: 2, provider: 'ssh' }, DEPLOY_MS);
    await serversSayWhatFactsSay(stack, NAME);
    const { nodes, endpoint } = await readCluster(stack, NAME);
    expect([...nodes.map(({ address }) => address), endpoint?.address].sort()).toEqual(addressesOf(await hosts(), 'in-use'));
  }, DEPLOY_MS);

  it('grow by a node on a server whose account becomes root by sudo, under a writing client', async () => {
    const address = await addHost({ sudo: 'without-password' });
    const writer = await writeThroughEndpoint(stack, NAME);
    await operation('POST', `/clusters/${NAME}/nodes`, {});
    expect(await writer.stop()).toMatchObject({ brokenCount: 0, missingIds: [] });
    await serversSayWhatFactsSay(stack, NAME);
    expect((await readCluster(stack, NAME)).nodes.at(-1)?.address).toBe(address);
  }, DEPLOY_MS);

  it('move their primary under a writing client, and nothing acknowledged is lost', async () => {
    const target = replicasOf(await readCluster(stack, NAME)).at(-1)?.name;
    const writer = await writeThroughEndpoint(stack, NAME);
    await operation('POST', `/clusters/${NAME}/nodes/${target}/promote`, { confirm: target });
    await writer.nextAcknowledged(5_000);
    const report = await writer.stop();
    expect(report.missingIds).toEqual([]);
    await serversSayWhatFactsSay(stack, NAME);
    console.log(`PostgreSQL 15 over SSH: longest gap of a switchover ${report.longestGapMs} ms, ${report.acknowledgedCount} writes acknowledged.`);
  }, OPERATION_MS);

  it('give the server of a removed node back as it was, and it is free', async () => {
    const node = replicasOf(await readCluster(stack, NAME))[0];
    await operation('DELETE', `/clusters/${NAME}/nodes/${node?.name}`, { confirm: node?.name });
    await serversSayWhatFactsSay(stack, NAME);
    expect(addressesOf(await hosts(), 'free')).toEqual([node?.address]);
    await isAsItWas(String(node?.address));
  }, OPERATION_MS);

  it('give all their servers back when they are deleted', async () => {
    await operation('DELETE', `/clusters/${NAME}`, { confirm: NAME });
    expect(addressesOf(await hosts(), 'free')).toEqual([...asTheyWere.keys()].sort());
    for (const address of asTheyWere.keys()) await isAsItWas(address);
  }, OPERATION_MS);

  it('are made of another engine on the same servers', async () => {
    await operation('POST', '/clusters', { name: 'again', engine: 'valkey', version: '8', mode: 'primary-replica', nodes: 2, provider: 'ssh' }, DEPLOY_MS);
    await serversSayWhatFactsSay(stack, 'again');
    await operation('DELETE', '/clusters/again', { confirm: 'again' });
    for (const address of asTheyWere.keys()) await isAsItWas(address);
  }, DEPLOY_MS);
});
