import { lstat, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** A file of package sources cannot be used as it is. Nothing was built. */
export class NotPackageSources extends Error {
  override readonly name = 'NotPackageSources';
}

/** A file of further package sources for machines, as in sources.list(5), "deb822-style format". */
export interface PackageSources {
  /** Its name in /etc/apt/sources.list.d. */
  readonly name: string;
  /** May hold names and passwords in its addresses: never shown. */
  readonly text: string;
  /** Such as `trixie` and `bookworm-pgdg`. */
  readonly suites: readonly string[];
  /** Files with keys that it names and that are here: path and content. */
  readonly keys: Readonly<Record<string, Buffer>>;
}

const BYTES_MAX = 1024 * 1024;
/** apt passes over files with other names (sources.list(5)). */
const NAME = /^[A-Za-z0-9_.-]+\.sources$/;
/** Where programs other than apt read nothing. */
const KEY_PATH = /^\/(etc\/apt\/(keyrings|trusted\.gpg\.d)|usr\/(local\/)?share\/keyrings)\/[A-Za-z0-9_+.-]+$/;
/** Debian brings its own to each machine. */
const DEBIAN_KEY = /^\/usr\/share\/keyrings\/debian-archive-[a-z0-9-]+\.(gpg|pgp)$/;

/** Reads such a file with the keys that it names. Throws NotPackageSources with what is wrong with it. */
export const readPackageSources = async (path: string): Promise<PackageSources> => {
  const name = basename(path);
  if (!NAME.test(name)) throw new NotPackageSources(`${path}: apt reads files whose names end in .sources, of letters, digits, "_", "." and "-".`);
  const text = (await readSmall(path)).toString('utf8');
  const stanzas = stanzasOf(text);
  if (stanzas.length === 0) throw new NotPackageSources(`${path} has no sources in it.`);
  for (const [at, stanza] of stanzas.entries()) {
    for (const field of ['types', 'uris', 'suites']) {
      if ((stanza.get(field) ?? '') === '') throw new NotPackageSources(`${path} is not a file of package sources: its ${at + 1}. paragraph has no field ${TITLES[field]}. The form: sources.list(5), "deb822-style format".`);
    }
  }
  if (!stanzas.some((stanza) => wordsOf(stanza, 'types').includes('deb'))) throw new NotPackageSources(`${path} has no packages that can be installed: no paragraph has the type deb.`);
  return { name, text, suites: [...new Set(stanzas.flatMap((stanza) => wordsOf(stanza, 'suites')))], keys: await keysOf(path, stanzas) };
};

const TITLES: Readonly<Record<string, string>> = { types: 'Types', uris: 'URIs', suites: 'Suites' };

type Stanza = ReadonlyMap<string, string>;

/** Paragraphs of fields; names are lower-cased, as they do not depend on case. A line that is neither is told by the missing fields. */
export const stanzasOf = (text: string): readonly Stanza[] =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n[ \t]*\n/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => new Map([...paragraph.matchAll(/^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*(?:\n[ \t].*)*)/gm)].map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()])));

const wordsOf = (stanza: Stanza, field: string): readonly string[] => (stanza.get(field) ?? '').split(/\s+/).filter((word) => word !== '');

const keysOf = async (path: string, stanzas: readonly Stanza[]): Promise<Readonly<Record<string, Buffer>>> => {
  const named = stanzas.map((stanza) => stanza.get('signed-by') ?? '').filter((value) => value.startsWith('/'));
  const paths = new Set(named.flatMap((value) => value.split(/[\s,]+/)).filter((key) => !DEBIAN_KEY.test(key)));
  const found: [string, Buffer][] = [];
  for (const key of paths) {
    if (!KEY_PATH.test(key)) throw new NotPackageSources(`${path} names the key ${key}. Put the key's text itself into Signed-By, or the file into /etc/apt/keyrings.`);
    found.push([key, await readSmall(key)]);
  }
  return Object.fromEntries(found);
};

const readSmall = async (path: string): Promise<Buffer> => {
  try {
    const { size } = await lstat(path);
    if (size > BYTES_MAX) throw new NotPackageSources(`${path} has ${size} bytes; at most ${BYTES_MAX} are read.`);
    return await readFile(path);
  } catch (problem) {
    if (problem instanceof NotPackageSources) throw problem;
    throw new NotPackageSources(`${path} cannot be read: ${(problem as Error).message}`);
  }
};
