import { describe, expect, it } from '@jest/globals';
import { SoftwareNotAvailable, type Machine } from '@holdfast/domain';
import { eventually, LIMIT } from './machine.harness.js';

export const files = (machine: () => Machine): void => {
  describe('files', () => {
    it('are written whole with their mode, read, found and removed, more than once', async () => {
      await machine().writeFile('a file', 'one');
      await machine().writeFile('a file', 'two äö\n', { mode: 0o600 });
      expect(await machine().readFile('a file')).toBe('two äö\n');
      expect(await machine().readFile(`${machine().dataDirectory}/a file`)).toBe('two äö\n');
      expect((await machine().run({ argv: ['stat', '-c', '%a', 'a file'], ...LIMIT })).stdout).toBe('600\n');
      expect((await machine().run({ argv: ['sh', '-c', 'echo more >> "a file" && ls -A'], ...LIMIT })).stdout).not.toContain('.a file');
      await machine().run({ argv: ['mkdir', '-p', 'folder/below'], ...LIMIT });
      await machine().writeFile('folder/below/f', new Uint8Array([104, 105]));
      await machine().removePath('folder');
      await machine().removePath('folder');
      await machine().removePath('no/such/folder');
      expect(await machine().fileExists('folder')).toBe(false);
      expect(await machine().fileExists('a file')).toBe(true);
    });
    it('fail to be read when they are not there', async () => {
      await expect(machine().readFile('not there')).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });
};

export const software = (machine: () => Machine): void => {
  it('has programs, or says which it has instead', async () => {
    const { binDirectory } = await machine().ensureSoftware('postgresql', '18');
    expect((await machine().run({ argv: [`${binDirectory}/postgres`, '--version'], ...LIMIT })).stdout).toMatch(/ 18[.\d]*\n/);
    const refusal = await machine().ensureSoftware('postgresql', '9').catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(SoftwareNotAvailable);
    expect((refusal as SoftwareNotAvailable).available).toContain('18');
    await expect(machine().ensureSoftware('no-such-software', '1')).rejects.toMatchObject({ available: [] });
  });
  it('tells how it is', async () => {
    const metrics = await machine().metrics();
    expect(metrics.diskFreeBytes).toBeLessThan(metrics.diskTotalBytes);
    expect(metrics.memoryAvailableBytes).toBeLessThan(metrics.memoryTotalBytes);
    expect(metrics.memoryTotalBytes).toBeGreaterThan(64 * 1024 ** 2);
    expect(metrics.cpuCount).toBeGreaterThan(0);
    expect(metrics.loadAverage1m).toBeGreaterThanOrEqual(0);
  });
};

/** Reads all, then answers what it was told. */
const LISTENER = `require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  socket.setEncoding('utf8');
  let text = '';
  socket.on('data', (piece) => (text += piece));
  socket.on('end', () => text === 'silence' || socket.end('got ' + text));
}).listen('ask.sock')`;

export const sockets = (machine: () => Machine): void => {
  describe('exchange', () => {
    it('tells a program at a Unix socket something, and answers its answer', async () => {
      await expect(machine().exchange('ask.sock', 'x', 1_000)).rejects.toMatchObject({ code: 'ENOENT' });
      await machine().ensureService({ name: 'asked', argv: [process.execPath, '--eval', LISTENER], stopSignal: 'SIGTERM' });
      await eventually('it listens', () => machine().fileExists('ask.sock'));
      const long = 'äö\n'.repeat(50_000);
      expect(await machine().exchange('ask.sock', long, 5_000)).toBe(`got ${long}`);
      expect(await machine().exchange(`${machine().dataDirectory}/ask.sock`, 'a', 5_000)).toBe('got a');
      await expect(machine().exchange('ask.sock', 'silence', 300)).rejects.toThrow(/300 ms/);
      await machine().stopService('asked', { timeoutMs: 5_000, killAfterTimeout: true });
      await machine().removeService('asked');
    });
  });
};
