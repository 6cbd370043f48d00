import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildMachineImage, listMachineImages, MACHINE_IMAGE } from '@holdfast/infra/providers/docker';
import { ADMIT_OUR_FOLDER, NO_LONGER_ADMIT } from '../../infra/src/providers/debian/software-scripts.js';
import { request } from '../contracts/machine.harness.js';
import { toolsDirectory } from '../support/event-store-server.js';
import { dockerHarness, type DockerHarness } from './machine.docker-harness.js';

/** A version of Valkey that nobody else has. */
const PACKAGES = 'Package: valkey-server\nVersion: 99.1-1\nArchitecture: all\nMaintainer: Test <test@example.test>\nFilename: ./valkey.deb\nSize: 1\nDescription: none\n';
const RELEASE = `Origin: Test\nSuite: test\nDate: ${new Date().toUTCString()}\nSHA256:\n ${createHash('sha256').update(PACKAGES).digest('hex')} ${PACKAGES.length} Packages\n`;
const BUILD_MS = 400_000;

let harness: DockerHarness;
let repository: Server;
let folder: string;

beforeAll(async () => {
  harness = await dockerHarness({ mustBeOwn: true });
  folder = await mkdtemp(join(tmpdir(), 'holdfast-images-'));
  const files: Readonly<Record<string, string>> = { '/./Packages': PACKAGES, '/Packages': PACKAGES, '/./Release': RELEASE, '/Release': RELEASE };
  repository = createServer(({ url = '' }, response) => void response.writeHead(url in files ? 200 : 404).end(files[url])).listen(0, '127.0.0.1');
  await once(repository, 'listening');
}, 700_000);
afterAll(async () => {
  repository?.close();
  await rm(folder, { recursive: true, force: true });
  await harness?.destroy();
}, 120_000);

const build = async (more: { sources?: readonly string[]; downloads?: readonly string[]; plain?: boolean }): Promise<string[]> => {
  const said: string[] = [];
  await buildMachineImage({ tools: toolsDirectory(), socketPath: harness.daemon.socketPath, report: (line) => void said.push(line), ...more });
  return said;
};
const current = async () => (await listMachineImages(harness.daemon.socketPath)).find(({ isCurrent }) => isCurrent);
const idNow = async (): Promise<string> => (await harness.docker.getImage(MACHINE_IMAGE).inspect()).Id;
const sourceFile = async (name: string, uri: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, `Types: deb\nURIs: ${uri}\nSuites: ./\nTrusted: yes\n`);
  return path;
};
const ownUri = (): string => `http://me:s3cret@127.0.0.1:${(repository.address() as AddressInfo).port}/`;
const versions = (): Promise<string[]> => harness.provider.softwareVersions('valkey');

describe('the image of machines', () => {
  it('stays as it is where a source cannot be had, or lacks what is to be downloaded; no password is told', async () => {
    const [id, gone, own] = [await idNow(), await sourceFile('gone.sources', `${ownUri()}no-such-place`), await sourceFile('own.sources', ownUri())];
    const refusals = [await build({ sources: [gone] }).catch((problem: Error) => problem), await build({ sources: [own], downloads: ['valkey@77'] }).catch((problem: Error) => problem)];
    expect(refusals).toMatchObject([{ name: 'ToolInstallFailed', message: expect.stringContaining('no-such-place') }, { name: 'ToolInstallFailed', message: expect.stringContaining('do not have valkey@77. They have of valkey: 99, 8') }]);
    expect(JSON.stringify(refusals.map((refusal) => (refusal as Error).message))).not.toContain('s3cret');
    expect([await idNow(), (await current())?.sources]).toEqual([id, []]);
  }, BUILD_MS);

  it('offers what its further sources have, at once; machines keep their own', async () => {
    expect(await versions()).not.toContain('99');
    const older = request();
    await harness.provider.create(older);
    const imageOf = async (machineId: string) => (await harness.docker.getContainer(`holdfast.${harness.installation}.${machineId}`).inspect()).Image;
    const plain = await idNow();
    const said = await build({ sources: [await sourceFile('own.sources', ownUri())] });
    expect(said.join(' ')).toContain('offer beside the usual: valkey@99.');
    expect(await current()).toMatchObject({ sources: ['own.sources'], downloads: [] });
    expect(await versions()).toEqual(expect.arrayContaining(['99', '8']));
    expect(await imageOf(older.machineId)).toBe(plain);
    await expect((await harness.provider.get(older.machineId)).ensureSoftware('valkey', '99')).rejects.toMatchObject({ name: 'SoftwareNotAvailable' });
  }, BUILD_MS);

  it('is kept by the same command, and by one that asks for nothing; without sources again when that is asked for', async () => {
    const id = await idNow();
    for (const sources of [[await sourceFile('own.sources', ownUri())], []]) expect((await build({ sources })).join(' ')).toContain('is there with own.sources');
    expect(await idNow()).toBe(id);
    await build({ plain: true });
    expect((await current())?.sources).toEqual([]);
    expect(await versions()).not.toContain('99');
    // Nothing was made from it.
    await expect(harness.docker.getImage(id).inspect()).rejects.toMatchObject({ statusCode: 404 });
  }, BUILD_MS);
});

describe('a profile of AppArmor that confines the server', () => {
  it('is told of our folder once, in the file for that, and no longer when the machine is given back', async () => {
    const local = '/etc/apparmor.d/local/usr.sbin.mysqld';
    const script = `set -e; mkdir -p /etc/apparmor.d/local; echo '/srv/own r,' > ${local}; profile=/etc/apparmor.d/usr.sbin.mysqld
admit() { sh -c "$ADMIT" sh $profile; }
admit; echo '/usr/sbin/mysqld { }' > $profile; ! admit 2> /dev/null || exit 7
echo '/usr/sbin/mysqld { #include <local/usr.sbin.mysqld>
}' > $profile; sed -i 's/{ /{\\n/' $profile; admit; admit; cat ${local}; sh -c "$LEAVE"; echo; cat ${local}`;
    const container = await harness.docker.createContainer({ Image: MACHINE_IMAGE, Cmd: ['sh', '-c', script], Env: [`ADMIT=${ADMIT_OUR_FOLDER}`, `LEAVE=${NO_LONGER_ADMIT}`], Tty: true });
    try {
      await container.start();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      const said = (await container.logs({ stdout: true, stderr: true, follow: false })).toString('utf8').replaceAll('\r', '');
      expect([StatusCode, said]).toEqual([0, '/srv/own r,\n# holdfast\n/var/lib/holdfast/ r,\n/var/lib/holdfast/** rwk,\n\n/srv/own r,\n']);
    } finally {
      await container.remove({ force: true });
    }
  }, 180_000);
});
