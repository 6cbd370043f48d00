import { WrongNodeState } from '../../engine-support/node-errors.js';
import { backupLogin } from './accounts.js';
import type { Copying } from './dialect.js';
import { LAYOUT, pathOn } from './layout.js';

/** Far above what the largest data set takes; the step's own deadline ends it before. */
const COPY_TIMEOUT_MS = 24 * 60 * 60_000;
const TOOL_TIMEOUT_MS = 60_000;
/** How long a copy waits for statements that run before it holds new ones back for a moment. */
const LOCK_WAIT_SECONDS = 60;
/** Runs its arguments with standard output, or input, at a file. */
const INTO_FILE = 'umask 077; file=$1; shift; exec "$@" > "$file"';
const FROM_FILE = 'file=$1; shift; exec "$@" < "$file"';

/**
 * By mariadb-backup: into a file on the upstream, over to the node, unpacked and made consistent. It needs room for itself on both
 * until it is complete. Answers the position that it is of.
 */
export const copyByBackup = async (clone: Copying): Promise<string> => {
  const { node, upstream, signal } = clone;
  const [file, options] = [`copy-for-${node.name}.mbstream`, `copy-for-${node.name}.cnf`];
  try {
    await backUp(clone, file, options);
    await node.machine.upload(LAYOUT.copy, upstream.machine.download(file), { mode: 0o600, signal });
  } finally {
    await upstream.machine.removePath(options);
    await upstream.machine.removePath(file);
  }
  await unpack(clone);
  return positionIn(await node.machine.readFile(`${LAYOUT.data}/xtrabackup_binlog_info`));
};

const backUp = async ({ server, node, upstream, credentials, signal }: Copying, file: string, options: string): Promise<void> => {
  const { machine } = upstream;
  const { user, password } = backupLogin(credentials);
  const lines = ['[mariadb-backup]', `user=${user}`, `password=${password}`, `host=${machine.address}`, `port=${upstream.port}`, `datadir=${pathOn(upstream, LAYOUT.data)}`];
  await machine.writeFile(options, `${lines.join('\n')}\n`, { mode: 0o600 });
  const scratch = `copy-for-${node.name}.tmp`;
  await machine.run({ argv: ['mkdir', '-p', '-m', '700', pathOn(upstream, scratch)], timeoutMs: TOOL_TIMEOUT_MS });
  const backup = [await server.program(upstream, 'mariadb-backup'), `--defaults-file=${pathOn(upstream, options)}`, '--backup', '--stream=xbstream'];
  const limits = [`--target-dir=${pathOn(upstream, scratch)}`, `--ftwrl-wait-timeout=${LOCK_WAIT_SECONDS}`];
  try {
    await machine.run({ argv: ['sh', '-c', INTO_FILE, 'sh', pathOn(upstream, file), ...backup, ...limits], timeoutMs: COPY_TIMEOUT_MS, signal });
  } finally {
    await machine.removePath(scratch);
  }
};

const unpack = async ({ server, node, signal }: Copying): Promise<void> => {
  const { machine } = node;
  const data = pathOn(node, LAYOUT.data);
  const limits = { timeoutMs: COPY_TIMEOUT_MS, signal };
  await machine.run({ argv: ['mkdir', '-m', '700', data], timeoutMs: TOOL_TIMEOUT_MS });
  await machine.run({ argv: ['sh', '-c', FROM_FILE, 'sh', pathOn(node, LAYOUT.copy), await server.program(node, 'mbstream'), '-x', '-C', data], ...limits });
  await machine.removePath(LAYOUT.copy);
  await machine.run({ argv: [await server.program(node, 'mariadb-backup'), '--no-defaults', '--prepare', `--target-dir=${data}`], ...limits });
};

/** Third column of `binlog.000001	1234	0-1-5`; absent while nothing was ever written. */
export const positionIn = (text: string): string => {
  const columns = text.trim().split('\t');
  if (columns.length < 2) throw new WrongNodeState('copy', `it does not say what it is of: ${text}`);
  return columns[2] ?? '';
};
