import { describe, expect, it } from '@jest/globals';
import { readConfiguration, resolveHome } from './index.js';

const probe = (isRoot: boolean, closed: readonly string[]) => ({ isRoot, mode: (folder: string) => (closed.includes(folder) ? 0o40700 : 0o40755) });

describe('where state lies', () => {
  it('is the checkout, for whoever is not root, even in a closed folder', () => {
    expect(resolveHome('/home/ann/holdfast', probe(false, ['/home/ann']))).toEqual({
      home: '/home/ann/holdfast/.holdfast',
      tools: '/home/ann/holdfast/.holdfast/tools',
    });
  });
  it('is the checkout for root when everybody may enter it', () => {
    expect(resolveHome('/srv/holdfast', probe(true, [])).home).toBe('/srv/holdfast/.holdfast');
  });
  it('is a folder of its own for root when a folder on the way is closed, and it says which', () => {
    const places = resolveHome('/root/a/holdfast', probe(true, ['/root']));
    expect(places.home).toMatch(/^\/var\/lib\/holdfast\/[0-9a-f]{8}$/);
    expect(places.tools).toBe(`${places.home}/tools`);
    expect(places.moved).toContain('cannot enter /root.');
    expect(resolveHome('/root/b/holdfast', probe(true, ['/root'])).home).not.toBe(places.home);
  });
  it('counts the checkout itself', () => {
    expect(resolveHome('/srv/holdfast', probe(true, ['/srv/holdfast'])).moved).toContain('/srv/holdfast.');
  });
  it('yields to the environment', () => {
    const configuration = readConfiguration({ HOLDFAST_HOME: '/srv/state', HOLDFAST_TOOLS: '/srv/tools' }, '/');
    expect([configuration.home, configuration.tools]).toEqual(['/srv/state', '/srv/tools']);
  });
});
