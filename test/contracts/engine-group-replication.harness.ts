import { findEngine, GROUP_REPLICATION_CHECK, type EngineNode } from '@holdfast/domain';
import { GroupReplicationEngine } from '@holdfast/infra/engines/mysql';
import { addressBehind, ask, connectTo, cutPower, hindrancesOf, inOneSession, MYSQL_CREDENTIALS, PORT, rowsOf, SERVICE } from './engine-mysql.harness.js';
import { request } from './machine.harness.js';
import { localHarness } from './machine.local-harness.js';
import { multiPrimaryEngineContract } from './multi-primary-engine.contract.js';
import type { GroupHarness } from './multi-primary-engine.harness.js';

const VERSION = '9.7';
/** Small enough for four servers beside other tests. */
const MEMORY_BYTES = 128 * 1024 * 1024;
const PEER_PORTS = findEngine('mysql')?.traits?.peerPorts?.['multi-primary'] ?? [];

/** In the files it starts by, in the server's list of members, and in what it was told since it started. */
const tracesOf = async (gone: EngineNode, on: EngineNode): Promise<string[]> => {
  const files = await Promise.all(['group.json', 'server.cnf'].map((file) => on.machine.readFile(file)));
  const rows = await ask(on, 'SELECT MEMBER_HOST, MEMBER_PORT FROM performance_schema.replication_group_members');
  const accounts = await ask(on, 'SELECT User, Host FROM mysql.user');
  const told = await ask(on, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('group_replication_group_seeds', 'group_replication_ip_allowlist')");
  const lines = [...files.flatMap((text) => text.split('\n')), ...[...rows, ...accounts, ...told].map((row) => JSON.stringify(row))];
  const ownGroupAddress = /^loose_group_replication_local_address=(.*)$/m.exec(await gone.machine.readFile('server.cnf'))?.[1] ?? '';
  const words = [gone.machine.address, gone.name, ownGroupAddress].map((word) => new RegExp(`(?<![\\w.])${word.replaceAll('.', '\\.')}(?![\\w.])`));
  return lines.filter((line) => words.some((word) => word.test(line)));
};

const onLocalMachines = async (): Promise<GroupHarness> => {
  const local = await localHarness();
  return {
    engine: new GroupReplicationEngine(),
    credentials: MYSQL_CREDENTIALS,
    createNode: async (name) => ({ machine: await local.provider.create(request([PORT, ...PEER_PORTS], name)), name, port: PORT, engineVersion: VERSION, memoryBytes: MEMORY_BYTES }),
    connect: async (node) => rowsOf(await connectTo(node.machine.address, node.port)),
    cutPower: (node) => cutPower(local, node),
    powerOn: ({ machine }) => local.provider.reboot(machine.id),
    tracesOf,
    kill: async ({ machine }) => void process.kill((await machine.serviceStatus(SERVICE)).pid ?? NaN, 'SIGKILL'),
    check: GROUP_REPLICATION_CHECK,
    createEndpoint: (ports) => local.provider.create(request(ports)),
    addressBehind,
    stepOut: async (node) => void (await ask(node, 'STOP GROUP_REPLICATION')),
    stepIn: async (node) => void (await ask(node, 'START GROUP_REPLICATION')),
    hindrances: hindrancesOf(GROUP_REPLICATION_CHECK, 'SET sql_log_bin = 0'),
    hinder: async (node, statements) => void (await inOneSession(node, statements)),
    limitConnections: async (node, connections) => void (await ask(node, `SET GLOBAL max_connections = ${connections}`)),
    // Making a data directory takes longer than this.
    midJoinMs: 1_500,
    destroy: local.destroy,
  };
};

export const describeGroupReplication = (): void => multiPrimaryEngineContract(`MySQL ${VERSION} with Group Replication`, onLocalMachines);
