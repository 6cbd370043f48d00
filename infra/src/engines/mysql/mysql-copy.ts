import { escape } from 'mysql2';
import { backupLogin } from './accounts.js';
import type { Copying } from './dialect.js';
import { LAYOUT, pathOn } from './layout.js';
import { addressOf } from './role.js';

/** Far above what the largest data set takes; the step's own deadline ends it before. */
const COPY_TIMEOUT_MS = 24 * 60 * 60_000;
const TOOL_TIMEOUT_MS = 120_000;
/** Of the server that receives: it holds nothing itself. */
const OPTIONS = ['skip_networking', 'skip_log_bin', 'mysqlx=0', 'performance_schema=OFF', 'secure_file_priv=NULL', 'innodb_buffer_pool_size=16M', 'plugin_load_add=mysql_clone.so'];

/**
 * Starts the server in the background, asks it for the copy as soon as it answers, and ends it by force: all that it is for is done
 * then. An upstream gives one copy at a time, so others wait their turn. Arguments: server, client, its options, statements' file.
 */
const RECEIVE = `server=$1 client=$2 options=$3 statements=$4
"$server" --defaults-file="$options" &
pid=$!
until "$client" --defaults-file="$options" --execute='DO 0' 2>/dev/null; do
  kill -0 $pid 2>/dev/null || { echo 'The receiving server ended.' >&2; exit 1; }
  sleep 0.1
done
while :; do
  answer=$("$client" --defaults-file="$options" < "$statements" 2>&1)
  result=$?
  case $result$answer in
    0*) break ;;
    *'concurrent clone operations'*) sleep 0.5 ;;
    *) echo "$answer" >&2; break ;;
  esac
done
kill -KILL $pid
exit $result`;

/**
 * By the CLONE plugin (https://dev.mysql.com/doc/refman/9.7/en/clone-plugin-remote.html): a server of its own, whom nobody can reach,
 * receives the upstream's data into the node's data directory and is thrown away. So the node's server needs no restart in the
 * middle, and whoever ends this call ends all of it. The copy itself knows what is applied in it.
 */
export const copyByClone = async ({ server, node, upstream, credentials, signal }: Copying): Promise<string> => {
  const { machine } = node;
  const at = { scratch: pathOn(node, LAYOUT.scratch), options: `${LAYOUT.scratch}/receiver.cnf`, statements: `${LAYOUT.scratch}/statements.sql` };
  await machine.removePath(LAYOUT.scratch);
  try {
    await machine.run({ argv: ['mkdir', '-m', '700', at.scratch], timeoutMs: TOOL_TIMEOUT_MS });
    const receiver = `${at.scratch}/data`;
    const mysqld = await server.program(node, 'mysqld');
    await machine.run({ argv: [mysqld, '--no-defaults', '--initialize-insecure', `--datadir=${receiver}`, `--tmpdir=${at.scratch}`], timeoutMs: TOOL_TIMEOUT_MS, signal });
    // Sockets by a path from the data directory of the machine, where commands run: a whole one may have 107 bytes.
    const socket = `${LAYOUT.scratch}/data/s`;
    const options = ['[mysqld]', `datadir=${receiver}`, `tmpdir=${at.scratch}`, 'socket=s', 'pid_file=pid', ...OPTIONS, '[client]', `socket=${socket}`, 'user=root', ''];
    await machine.writeFile(at.options, options.join('\n'), { mode: 0o600 });
    await machine.writeFile(at.statements, statements(addressOf(upstream), backupLogin(credentials), pathOn(node, LAYOUT.data)), { mode: 0o600 });
    const argv = ['sh', '-c', RECEIVE, 'sh', mysqld, await server.program(node, 'mysql'), pathOn(node, at.options), at.statements] as const;
    await machine.run({ argv, timeoutMs: COPY_TIMEOUT_MS, signal });
  } finally {
    await machine.removePath(LAYOUT.scratch);
  }
  return '';
};

const statements = ({ host, port }: { host: string; port: number }, { user, password }: { user: string; password: string }, data: string): string =>
  [
    `SET GLOBAL clone_valid_donor_list = ${escape(`${host}:${port}`)};`,
    `CLONE INSTANCE FROM ${escape(user)}@${escape(host)}:${port} IDENTIFIED BY ${escape(password)} DATA DIRECTORY = ${escape(data)};`,
    '',
  ].join('\n');
