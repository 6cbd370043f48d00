import { createHash } from 'node:crypto';
import type { EngineCredentials } from '@holdfast/domain';
import { backupLogin } from '../accounts.js';
import { renderServer, type ServerSource } from '../configuration.js';
import { MARIADB } from '../mariadb.dialect.js';
import { allowedHosts } from './allowlist.js';
import { GROUP_PORT, groupAddress, INCREMENT_PORT, type Membership, TRANSFER_PORT } from './layout.js';

/** Longest name of a group (https://mariadb.com/kb/en/galera-cluster-system-variables/#wsrep_cluster_name). */
const GROUP_NAME_LENGTH_MAX = 32;

export interface MemberSource extends ServerSource {
  readonly name: string;
  readonly membership: Membership;
  /** Path of Galera's library on the machine. */
  readonly library: string;
  readonly transferPath: string;
  readonly credentials: EngineCredentials;
}

/**
 * The same on all members and on no others: a server that was given a former member's address cannot come in by mistake. Made from
 * the cluster's generated replication password, and tells nothing of it.
 */
export const groupName = ({ replication }: EngineCredentials): string =>
  `holdfast-${createHash('sha256').update(`holdfast group ${replication.password}`).digest('hex')}`.slice(0, GROUP_NAME_LENGTH_MAX);

/** Who gives state to one that joins: clients write to the first member by preference, so it is asked last. The comma at the end lets any do it. */
const donorsOf = ({ members }: Membership, name: string): string =>
  `${members.map((peer) => peer.name).filter((peer) => peer !== name).reverse().join(',')},`;

/** https://mariadb.com/kb/en/galera-cluster-system-variables/ and https://galeracluster.com/library/documentation/galera-parameters.html */
export const renderMember = (source: MemberSource): string => {
  const { name, address, port, paths, membership, library, transferPath, credentials } = source;
  const { user, password } = backupLogin(credentials);
  // Whoever knows no address begins a group of its own.
  const known = membership.begins === true ? [] : membership.members.map((peer) => `${peer.host}:${GROUP_PORT}`);
  // The accounts of the driver come with the state; only who has none to get makes them.
  const accounts = membership.begins === true ? `init_file=${paths.accounts}\n` : '';
  // The server goes by its table as soon as it can read it, and by this before: while it starts, and gets its data.
  const allowed = allowedHosts(membership.members);
  const allowlist = allowed.length > 0 ? `wsrep_allowlist=${allowed.join(',')}\n` : '';
  return `${renderServer(MARIADB, source)}${accounts}
# As Galera needs them.
binlog_format=ROW
default_storage_engine=InnoDB
innodb_autoinc_lock_mode=2

wsrep_on=ON
wsrep_provider=${library}
wsrep_provider_options="gmcast.listen_addr=${groupAddress({ host: address })};ist.recv_addr=${address}:${INCREMENT_PORT}"
wsrep_cluster_name=${groupName(credentials)}
wsrep_cluster_address=gcomm://${known.join(',')}
${allowlist}wsrep_node_name=${name}
wsrep_node_address=${address}
wsrep_node_incoming_address=${address}:${port}
# By a copy that lets the one who gives it serve on.
wsrep_sst_method=mariabackup
wsrep_sst_receive_address=${address}:${TRANSFER_PORT}
wsrep_sst_donor=${donorsOf(membership, name)}
wsrep_sst_auth=${user}:${password}

[sst]
# Else it would take what comes to the port on any address, and on a computer with several groups that is another's data.
sockopt=bind=${address}
tmpdir=${transferPath}
# Logs of earlier transfers would be kept in a folder that all servers of a computer share, and outlive the member there.
sst-log-archive=0
`;
};

/**
 * Longer than a group needs to give up a member that is gone (`evs.suspect_timeout`, 5 s), to agree on who is left, and to forget its
 * address (seen: 9 s; https://galeracluster.com/library/documentation/galera-parameters.html). One that comes back under its old name in
 * the middle of that costs the others their agreement, and so for a moment their majority (docs/decisions/0034-a-killed-member-waits.md).
 */
const GIVEN_UP_SECONDS = 10;

/**
 * Starts a member: server, configuration, Galera's note of its state. One that was not stopped in good order first finds out how
 * far it came (https://mariadb.com/kb/en/mysqld-options/#-wsrep-recover), so that it gets only what it lacks and not everything. One
 * that was killed as a member, which its note of its fellows tells, waits until they have given it up, unless it begins the group.
 */
export const MEMBER_STARTER = `# Written by Holdfast.
server=$1 config=$2 state=$3
position= waits=
if [ -e "\${state%/*}/gvwstate.dat" ] && grep -q '^wsrep_cluster_address=gcomm://.' "$config"; then
  echo 'holdfast: this member was killed; it waits ${GIVEN_UP_SECONDS} s, until the others have given it up' >&2
  sleep ${GIVEN_UP_SECONDS} &
  waits=$!
fi
if grep -q '^seqno: *-1$' "$state" 2> /dev/null && ! grep -q '^uuid: *00000000-0000-0000-0000-000000000000$' "$state"; then
  position=$("$server" --defaults-file="$config" --wsrep-recover 2>&1 | sed -n 's/^.*Recovered position:* *\\([0-9a-f-]*:[0-9]*\\).*$/\\1/p' | tail -n 1)
fi
[ -z "$waits" ] || wait "$waits"
exec "$server" --defaults-file="$config" \${position:+"--wsrep_start_position=$position"}
`;
