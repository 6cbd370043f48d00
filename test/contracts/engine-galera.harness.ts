import { createHash } from 'node:crypto';
import { findEngine, GALERA_CHECK, type EngineNode } from '@holdfast/domain';
import { GaleraEngine } from '@holdfast/infra/engines/mysql';
import { ArgumentWatch, galeraSpecifics, secretsOf } from './engine-galera.specifics.js';
import { addressBehind, ask, connectTo, cutPower, hindrancesOf, inOneSession, MYSQL_CREDENTIALS, PORT, rowsOf, SERVICE } from './engine-mysql.harness.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';
import { multiPrimaryEngineContract } from './multi-primary-engine.contract.js';
import type { GroupHarness } from './multi-primary-engine.harness.js';

const VERSION = '10.11';
/** As the driver makes it (infra/src/engines/mysql/accounts.ts). */
const COPIES_PASSWORD = createHash('sha256').update(`holdfast ${MYSQL_CREDENTIALS.replication.password}`).digest('base64url').slice(0, 32);
const SECRETS = secretsOf(MYSQL_CREDENTIALS, COPIES_PASSWORD);
let watch: ArgumentWatch;
/** Small enough for four servers beside other tests. */
const MEMORY_BYTES = 128 * 1024 * 1024;
const PEER_PORTS = findEngine('mariadb')?.traits?.peerPorts?.['multi-primary'] ?? [];

/** In the files it starts by, in the server's list of members, and in what it was told since it started. */
const tracesOf = async (gone: EngineNode, on: EngineNode): Promise<string[]> => {
  const files = await Promise.all(['group.json', 'server.cnf'].map((file) => on.machine.readFile(file)));
  const rows = await ask(on, 'SELECT node_name, node_incoming_address FROM mysql.wsrep_cluster_members');
  const allowed = await ask(on, 'SELECT ip FROM mysql.wsrep_allowlist');
  const status = await ask(on, "SHOW GLOBAL STATUS LIKE 'wsrep\\_incoming\\_addresses'");
  const lines = [...files.flatMap((text) => text.split('\n')), ...[...rows, ...allowed, ...status].map((row) => JSON.stringify(row))];
  return lines.filter((line) => line.includes(`${gone.machine.address}:`) || line.includes(`"${gone.name}"`) || line.includes(`"${gone.machine.address}"`));
};

/** Cut off from the others, but not from clients. */
const isolate = async (node: EngineNode, isIsolated: boolean): Promise<void> => void (await ask(node, `SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${isIsolated ? 1 : 0}'`));

const onLocalMachines = async (): Promise<GroupHarness> => {
  const local = await localHarness();
  watch = new ArgumentWatch(SECRETS);
  return {
    engine: new GaleraEngine(),
    credentials: MYSQL_CREDENTIALS,
    createNode: async (name) => ({ machine: await local.provider.create(request([PORT, ...PEER_PORTS], name)), name, port: PORT, engineVersion: VERSION, memoryBytes: MEMORY_BYTES }),
    connect: async (node) => rowsOf(await connectTo(node.machine.address, node.port)),
    cutPower: (node) => cutPower(local, node),
    powerOn: ({ machine }) => local.provider.reboot(machine.id),
    tracesOf,
    kill: async ({ machine }) => void process.kill((await machine.serviceStatus(SERVICE)).pid ?? NaN, 'SIGKILL'),
    check: GALERA_CHECK,
    createEndpoint: (ports) => local.provider.create(request(ports)),
    addressBehind,
    stepOut: (node) => isolate(node, true),
    stepIn: (node) => isolate(node, false),
    hindrances: hindrancesOf(GALERA_CHECK, 'SET SESSION wsrep_on = OFF'),
    hinder: async (node, statements) => void (await inOneSession(node, statements)),
    limitConnections: async (node, connections) => void (await ask(node, `SET GLOBAL max_connections = ${connections}`)),
    // A copy by mariadb-backup begins ten seconds after it was asked for.
    midJoinMs: 5_000,
    destroy: async () => {
      watch.stop();
      await local.destroy();
    },
  };
};

export const describeGalera = (): void =>
  multiPrimaryEngineContract(`MariaDB ${VERSION} with Galera`, onLocalMachines, (context) => galeraSpecifics(context, () => watch, SECRETS));
