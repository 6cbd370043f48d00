import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { furtherContext, furtherIn, furtherOf, FURTHER_LABEL } from './further-image.js';
import { readPackageSources } from './package-sources.js';

const VENDOR = `# The vendor's own words.
Types: deb
URIs: https://me:s3cret@packages.test/debian
Suites: bookworm-pgdg
 trixie-pgdg
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBE
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb-src
uris: https://packages.test/debian
Suites: bookworm-pgdg
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sources-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (text: string, name = 'vendor.sources') => {
  const path = join(folder, name);
  await writeFile(path, text);
  return readPackageSources(path);
};

describe('a file of package sources', () => {
  it('is read as it is, with its suites', async () => {
    expect(await read(VENDOR)).toEqual({ name: 'vendor.sources', text: VENDOR, suites: ['bookworm-pgdg', 'trixie-pgdg'], keys: {} });
    expect(await read(VENDOR.replaceAll('\n', '\r\n'))).toMatchObject({ suites: ['bookworm-pgdg', 'trixie-pgdg'] });
  });
  it.each([
    ['an older form', 'deb http://packages.test/debian x main\n', /1\. paragraph has no field Types/],
    ['nothing', '# only a remark\n\n', /no sources in it/],
    ['a field that is missing', VENDOR.replace('Suites: bookworm-pgdg\n trixie', 'Suits: x'), /1\. paragraph has no field Suites/],
    ['only sources of programs', VENDOR.replace('Types: deb\n', 'Types: deb-src\n'), /no packages that can be installed/],
    ['a key from anywhere', VENDOR.replace(/Signed-By:[^]*BLOCK-----\n\n/, 'Signed-By: /root/.ssh/id_rsa\n\n'), /names the key \/root\/\.ssh\/id_rsa/],
    ['a key that is not there', VENDOR.replace(/Signed-By:[^]*BLOCK-----\n\n/, 'Signed-By: /etc/apt/keyrings/no-such-key-here.gpg\n\n'), /no-such-key-here\.gpg cannot be read/],
    ['too much', `${VENDOR}#${'x'.repeat(1024 * 1024)}\n`, /at most 1048576 are read/],
  ])('is refused with %s, and its addresses are not shown', async (_, text, message) => {
    const refusal = await read(text).then(() => undefined, (problem: Error) => problem);
    expect(refusal).toMatchObject({ name: 'NotPackageSources', message: expect.stringMatching(message) });
    expect(refusal?.message).not.toContain('s3cret');
  });
  it('is refused where it cannot be read, or apt would pass it over', async () => {
    await expect(readPackageSources(join(folder, 'nowhere.sources'))).rejects.toThrow('nowhere.sources cannot be read');
    await expect(read(VENDOR, 'vendor.list')).rejects.toThrow('names end in .sources');
  });
});

describe('an image with further sources', () => {
  it('has them as they are, and shows none of their addresses', async () => {
    const sources = [await read(VENDOR)];
    expect(furtherContext('base', sources)['root/etc/apt/sources.list.d/vendor.sources']).toBe(VENDOR);
    const further = furtherOf(sources, ['mysql@8.4']);
    expect(further).toMatchObject({ sources: [{ name: 'vendor.sources', suites: ['bookworm-pgdg', 'trixie-pgdg'] }], downloads: ['mysql@8.4'] });
    expect(JSON.stringify(further)).not.toContain('packages.test');
    expect(furtherIn({ [FURTHER_LABEL]: JSON.stringify(further) })).toEqual(further);
    expect(furtherIn(undefined)).toBeUndefined();
  });
  it('is another one with other sources, or other downloads', async () => {
    const [one, other] = [[await read(VENDOR)], [await read(`${VENDOR}\n`)]];
    const digests = [furtherOf(one, []), furtherOf(one, ['mysql@8.4']), furtherOf(other, []), furtherOf([], ['mysql@8.4'])].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(4);
    expect(furtherOf([await read(VENDOR)], []).digest).toBe(digests[0]);
  });
});
