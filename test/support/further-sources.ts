import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianSuite } from '@holdfast/infra/toolchain';

/** From a line such as `deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror/debian sid main`. */
const LINE = /^deb (?:\[signed-by=(\S+)\] )?(\S+) (\S+) main$/;
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Gives `work` a file of package sources for each of these suites of Debian, at the mirror that this computer has its own from. */
export const withDebianSuites = async <T>(suites: readonly string[], work: (paths: readonly string[]) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sources-'));
  try {
    const paths: string[] = [];
    for (const suite of suites) {
      const [, key = DEBIAN_KEYRING, uri] = LINE.exec(await debianSuite(suite)) ?? [];
      const path = join(folder, `debian-${suite}.sources`);
      await writeFile(path, `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nSigned-By: ${key}\n`);
      paths.push(path);
    }
    return await work(paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
