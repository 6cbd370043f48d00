import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps servers where the PATH of people does not look. */
const SYSTEM_PROGRAM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Absolute path of a program, from PATH and the system's folders for servers. */
export const findProgram = (name: string, env: NodeJS.ProcessEnv = process.env): string | undefined =>
  [...(env['PATH'] ?? '').split(delimiter), ...SYSTEM_PROGRAM_FOLDERS]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);

export const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where `pip --target` puts Python wheels. */
export const pythonDirectory = (tools: string): string => join(tools, 'python');

/** The Temporal CLI, which holds the dev server: the user's own first, then the one that `up` installed. */
export const locateTemporal = (tools: string, env: NodeJS.ProcessEnv = process.env): string | undefined =>
  findProgram('temporal', env) ?? executable(join(pythonDirectory(tools), 'bin', 'temporal'));

/** PostgreSQL 18's programs, as `up` installed them. */
export const locatePostgres = (tools: string): string | undefined => {
  const folder = join(pythonDirectory(tools), 'embedded_postgres', 'pginstall', 'bin');
  return isExecutable(join(folder, 'postgres')) ? folder : undefined;
};

/** HAProxy: the system's first, then the one that `up` unpacked. */
export const locateHaproxy = (tools: string, env: NodeJS.ProcessEnv = process.env): string | undefined =>
  findProgram('haproxy', env) ?? executable(join(tools, 'haproxy', 'bin', 'haproxy'));

const executable = (file: string): string | undefined => (isExecutable(file) ? file : undefined);
