import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface TextFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const TEXT = /\.(?:ts|tsx|mjs|cjs|js|json|md|sh|yml|yaml|sql|html|css)$|(?:^|\/)(?:holdfast|run|Dockerfile|\.npmrc|\.gitignore|\.prettierrc)$/;
/** Written by programs, judged by their generators: `npm run check` compares them with what would be generated now. */
const GENERATED = /(?:^|\/)package-lock\.json$|\.generated\.|(?:^|\/)generated\/|^test\/histories\//;

/** Every text file that is or would be committed. */
export const repositoryFiles = (): TextFile[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: repository, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\0')
    .filter((path) => TEXT.test(path) && !GENERATED.test(path) && isFile(path))
    .map((path) => ({ path, text: readFileSync(join(repository, path), 'utf8') }));

export const isThere = (path: string): boolean => existsSync(join(repository, path));

const isFile = (path: string): boolean => isThere(path) && statSync(join(repository, path)).isFile();
