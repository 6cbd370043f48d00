import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Writes `bin/NAME` into a folder of unpacked packages: it starts the program with the libraries that were unpacked with it,
 * wherever the folder is moved to. Answers its path.
 * @param program path of the program within the folder
 * @param options text after the caller's own arguments; `$root` is the folder
 */
export const writeStarter = async (folder: string, name: string, program: string, options = ''): Promise<string> => {
  const starter = join(folder, 'bin', name);
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(starter, STARTER.replace('PROGRAM', () => `${program}" "$@"${options === '' ? '' : ` ${options}`}`));
  await chmod(starter, 0o755);
  return starter;
};

/**
 * As `writeStarter`, for packages of another release than this computer's, which came with a C library of their own: it starts the
 * program through the loader among them. Nothing of this is left in the environment of what the program starts itself.
 */
export const writeStarterWithLoader = async (folder: string, name: string, program: string, options = ''): Promise<string> => {
  const starter = join(folder, 'bin', name);
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(starter, LOADER_STARTER.replace('PROGRAM', () => `${program}" "$@"${options === '' ? '' : ` ${options}`}`));
  await chmod(starter, 0o755);
  return starter;
};

/**
 * As `writeStarterWithLoader`, for programs that find their other files and each other from where they lie: the program has been
 * moved to the folder `programs` beside its own, the starter stands in its place, and the program is told that place as its name.
 * @param place path within the folder, such as `usr/lib/postgresql/17/bin/postgres`
 */
export const writeStarterInPlace = async (folder: string, place: string): Promise<void> => {
  const above = '../'.repeat(dirname(place).split('/').length);
  await mkdir(dirname(join(folder, place)), { recursive: true });
  await writeFile(join(folder, place), PLACE_STARTER.replace('ABOVE', () => above));
  await chmod(join(folder, place), 0o755);
};

const PLACE_STARTER = `#!/bin/sh
self=$(readlink -f "$0")
here=$(dirname "$self")
for folder in "$here"/ABOVEusr/lib/*-linux-*; do libraries=$folder; done
for file in "$libraries"/ld-linux-*.so.*; do loader=$file; done
exec "$loader" --argv0 "$self" --library-path "$libraries" "$here/../programs/$(basename "$self")" "$@"
`;

const LOADER_STARTER = `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
for folder in "$root"/usr/lib/*-linux-*; do libraries=$folder; done
for file in "$libraries"/ld-linux-*.so.*; do loader=$file; done
exec "$loader" --library-path "$libraries" "$root/PROGRAM
`;

const STARTER = `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
for folder in "$root"/usr/lib/*-linux-* "$root"/lib/*-linux-*; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$root/PROGRAM
`;
