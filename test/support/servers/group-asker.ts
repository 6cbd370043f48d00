import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { addressOf, type ServerTarget } from './server-asker.js';

/** A server that does not answer at all within this counts as gone. */
const ANSWER_MS = 2_000;

/** What a member of a group says of itself, whatever the engine. */
export interface MemberSays {
  readonly takesWrites: boolean;
  /** Names of the members that it sees in its group, itself included, sorted. */
  readonly sees: readonly string[];
  /** Addresses from which it lets servers into its group though they are no member's, and names of members that it does not let in. */
  readonly wronglyLetsIn: readonly string[];
  readonly wronglyRefuses: readonly string[];
}

/** Local machines share it: members of MySQL's groups speak from it there, and those of MariaDB's send from it what another lacks. */
const SHARED = '127.0.0.1';

const doorOf = ({ members }: ServerTarget, letsIn: readonly string[]): Pick<MemberSays, 'wronglyLetsIn' | 'wronglyRefuses'> => ({
  wronglyLetsIn: letsIn.filter((address) => address !== SHARED && members.every((node) => node.address !== address)),
  wronglyRefuses: members.filter(({ address = '' }) => !letsIn.includes(address)).map(({ name }) => name),
});

const ask = async (options: Parameters<typeof createConnection>[0], statements: readonly string[]): Promise<Record<string, unknown>[][]> => {
  const connection = await createConnection({ connectTimeout: ANSWER_MS, ...(options as object) });
  connection.on('error', () => undefined); // The query says it.
  try {
    const answers: Record<string, unknown>[][] = [];
    for (const sql of statements) answers.push((await connection.query<RowDataPacket[]>({ sql, timeout: ANSWER_MS }))[0]);
    return answers;
  } finally {
    connection.destroy();
  }
};

/** Galera: its own list of addresses, told by the library and not by the table that the driver reads. */
const askGalera = async (target: ServerTarget): Promise<MemberSays> => {
  const [status = [], allowed = []] = await ask({ ...addressOf(target), ...target.superuser }, ["SHOW GLOBAL STATUS LIKE 'wsrep\\_%'", 'SELECT ip FROM mysql.wsrep_allowlist']);
  const value = (name: string): string => String(status.find((row) => row['Variable_name'] === name)?.['Value']);
  return {
    takesWrites: value('wsrep_cluster_status') === 'Primary' && value('wsrep_local_state_comment') === 'Synced' && value('wsrep_ready') === 'ON',
    sees: value('wsrep_incoming_addresses').split(',').map((address) => nameAt(target, address)).sort(),
    ...doorOf(target, allowed.map((row) => String(row['ip']))),
  };
};

/** Of the server's process on this computer. */
export const pidOf = async (target: ServerTarget): Promise<number> => {
  const [rows = []] = await ask({ ...addressOf(target), ...target.superuser }, ['SELECT @@datadir AS folder, @@pid_file AS file']);
  return Number(readFileSync(resolve(String(rows[0]?.['folder']), String(rows[0]?.['file'])), 'utf8'));
};

/** Group Replication: those who apply what the group certifies, in the mode in which each takes writes. */
const askGroupReplication = async (target: ServerTarget): Promise<MemberSays> => {
  const statements = ["SELECT CONCAT(MEMBER_HOST, ':', MEMBER_PORT) AS address, MEMBER_STATE AS state, MEMBER_ROLE AS role FROM performance_schema.replication_group_members", 'SELECT @@global.read_only AS read_only, @@global.group_replication_ip_allowlist AS allowed'];
  const [members = [], [own] = []] = await ask({ ...addressOf(target), ...target.superuser }, statements);
  const allowed = String(own?.['allowed']).split(',');
  return {
    takesWrites: members.length > 0 && members.every((member) => member['state'] === 'ONLINE' && member['role'] === 'PRIMARY') && own?.['read_only'] === 0,
    sees: members.map((member) => nameAt(target, String(member['address']))).sort(),
    ...(allowed.join() === SHARED ? { wronglyLetsIn: [], wronglyRefuses: [] } : doorOf(target, allowed)),
  };
};

const nameAt = (target: ServerTarget, address: string): string => target.members.find((node) => `${node.address}:${node.port}` === address)?.name ?? address;

const ASKERS: Readonly<Record<string, (target: ServerTarget) => Promise<MemberSays>>> = { mariadb: askGalera, mysql: askGroupReplication };

export const askMember = (engine: string, target: ServerTarget): Promise<MemberSays> => {
  const asker = ASKERS[engine];
  if (asker === undefined) throw new Error(`Nobody here knows how to ask a member of a group of ${engine}.`);
  return asker(target);
};

/** Which member answers behind an address, asked as the application: the address that it listens on. */
export const addressBehind = async (url: string): Promise<string> => {
  const [rows = []] = await ask({ uri: url }, ['SELECT @@bind_address AS address']);
  return String(rows[0]?.['address']);
};
