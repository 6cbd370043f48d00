import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFolder } from './install-folder.js';

describe('a folder of programs', () => {
  let tools: string;
  beforeEach(() => {
    tools = mkdtempSync(join(tmpdir(), 'holdfast-tools-'));
  });
  afterEach(() => rmSync(tools, { recursive: true }));
  const fill = (text: string) => async (made: string) => writeFileSync(join(made, 'server'), text);

  it('is made once', async () => {
    await installFolder(join(tools, 'db'), 'server', fill('first'));
    await installFolder(join(tools, 'db'), 'server', () => Promise.reject(new Error('again')));
    expect(readFileSync(join(tools, 'db', 'server'), 'utf8')).toBe('first');
    expect(readdirSync(tools)).toEqual(['db']);
  });
  it('is not there when its making failed', async () => {
    const failing = async (made: string): Promise<void> => {
      await fill('half')(made);
      throw new Error('no network');
    };
    await expect(installFolder(join(tools, 'db'), 'server', failing)).rejects.toThrow('no network');
    expect(readdirSync(tools)).toEqual([]);
  });
  it('is the one that was ready first, of several', async () => {
    let both: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (both = resolve));
    let count = 0;
    const together = (text: string) => async (made: string): Promise<void> => {
      if (++count === 2) both();
      await begun;
      await fill(text)(made);
    };
    await Promise.all(['one', 'other'].map((text) => installFolder(join(tools, 'db'), 'server', together(text))));
    expect(['one', 'other']).toContain(readFileSync(join(tools, 'db', 'server'), 'utf8'));
    expect(readdirSync(tools)).toEqual(['db']);
  });
  it('replaces one that is not whole', async () => {
    mkdirSync(join(tools, 'db'));
    writeFileSync(join(tools, 'db', 'rest'), '');
    await installFolder(join(tools, 'db'), 'server', fill('whole'));
    expect(readdirSync(join(tools, 'db'))).toEqual(['server']);
  });
});
