import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StubApi } from './cli.stub-api.js';

/** What Docker itself does is in machines/images.docker: these are answered before it is asked. */
describe('images on the command line', () => {
  const api = new StubApi();
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-images-'));
    await api.open();
  });
  afterAll(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });

  it('refuses a file that is none of package sources, and does not show what is in it', async () => {
    const path = join(folder, 'vendor.sources');
    writeFileSync(path, 'deb https://me:s3cret@packages.test/debian x main\n');
    const { code, out, err } = await api.holdfast(['images', 'build', '--source', path]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${path} is not a file of package sources`);
    expect(err).toContain('code: not-package-sources');
    expect(err).not.toContain('s3cret');
    const asJson = await api.holdfast(['images', 'build', '--source', join(folder, 'none.sources'), '--json']);
    expect([asJson.code, JSON.parse(asJson.out)]).toMatchObject([2, { code: 'not-package-sources', detail: expect.stringContaining('none.sources cannot be read') }]);
  });

  it.each(['mysql', 'mysql@', 'oracle@19', 'mysql@latest'])('refuses to download %s, before it asks Docker for anything', async (name) => {
    const { code, out, err } = await api.holdfast(['images', 'build', '--download', name]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${name} is not a version that can be downloaded`);
    expect(err).toContain('code: not-a-download');
  });

  it('builds with further sources or without, not both', async () => {
    const { code, err } = await api.holdfast(['images', 'build', '--plain', '--source', 'vendor.sources']);
    expect(code).toBe(2);
    expect(err).toContain("'--plain' cannot be used with option '--source <file>'");
  });
});
