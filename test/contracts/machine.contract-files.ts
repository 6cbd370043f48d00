import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SoftwareNotAvailable, type Machine } from '@holdfast/domain';
import { eventually, LIMIT, type ProviderHarness } from './machine.harness.js';

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

const MIB = 1024 ** 2;

/** So many MiB, each another. */
async function* numbered(pieces: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < pieces; at++) yield new Uint8Array(MIB).fill(at % 251);
}

const hashOf = async (source: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of source) hash.update(piece);
  return hash.digest('hex');
};

export const largeFiles = (harness: () => ProviderHarness, machine: () => Machine): void => {
  describe('large files', () => {
    it('go up and down by stream, never whole in memory', async () => {
      const before = process.memoryUsage().rss;
      await machine().upload('large', numbered(500), { mode: 0o640 });
      expect((await machine().run({ argv: ['stat', '-c', '%a %s', 'large'], ...LIMIT })).stdout).toBe(`640 ${500 * MIB}\n`);
      expect(await hashOf(machine().download('large'))).toBe(await hashOf(numbered(500)));
      // Pieces that nobody needs any more may stay until they are collected: a few hundred MiB were seen.
      expect(process.memoryUsage().rss - before).toBeLessThan(400 * MIB);
    }, 240_000);
    it('are as they were when a new content does not come to its end', async () => {
      await machine().writeFile('steady', 'old');
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield* numbered(3);
        throw new Error('the source broke');
      };
      await expect(machine().upload('steady', failing())).rejects.toThrow('the source broke');
      const abort = new AbortController();
      const slow = async function* (): AsyncGenerator<Uint8Array> {
        yield* numbered(1);
        abort.abort();
        await new Promise((resolve) => setTimeout(resolve, 200));
        yield* numbered(1);
      };
      await expect(machine().upload('steady', slow(), { signal: abort.signal })).rejects.toThrow();
      expect(await machine().readFile('steady')).toBe('old');
      await machine().upload('steady', numbered(0));
      expect(await machine().readFile('steady')).toBe('');
      expect((await machine().run({ argv: ['ls', '-A'], ...LIMIT })).stdout).not.toContain('.steady');
    });
    it('need not be read to their end', async () => {
      for await (const piece of machine().download('large')) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      await machine().removePath('large');
      await expect(hashOf(machine().download('large'))).rejects.toMatchObject({ code: 'ENOENT' });
    });
    it('that find the disk full leave what was there', async () => {
      await harness().smallDisk(machine(), 'small');
      await machine().writeFile('small/kept', 'old');
      await expect(machine().upload('small/kept', numbered(64))).rejects.toMatchObject({ code: 'ENOSPC' });
      await expect(machine().writeFile('small/kept', new Uint8Array(64 * MIB))).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(await machine().readFile('small/kept')).toBe('old');
      const { exitCode, stderr } = await machine().exec({ argv: ['sh', '-c', 'head -c 99999999 /dev/zero > small/more'], ...LIMIT });
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('No space left on device')]);
      await machine().removePath('small/more');
      await machine().writeFile('small/kept', 'new');
    });
  });
};

export const software = (harness: () => ProviderHarness, machine: () => Machine): void => {
  it('has programs, or says which it has instead', async () => {
    const major = harness().limits.postgresql;
    const { binDirectory } = await machine().ensureSoftware('postgresql', major);
    expect((await machine().run({ argv: [`${binDirectory}/postgres`, '--version'], ...LIMIT })).stdout).toMatch(new RegExp(` ${major}[.\\d]*[ \\n]`));
    expect(await machine().ensureSoftware('postgresql', major)).toEqual({ binDirectory });
    const refusal = await machine().ensureSoftware('postgresql', '9').catch((problem: unknown) => problem);
    expect(refusal).toBeInstanceOf(SoftwareNotAvailable);
    expect((refusal as SoftwareNotAvailable).available).toContain(harness().limits.postgresql);
    await expect(machine().ensureSoftware('no-such-software', '1')).rejects.toMatchObject({ available: [] });
  }, 180_000);
  it('tells how it is', async () => {
    const metrics = await machine().metrics();
    expect(metrics.diskFreeBytes).toBeLessThan(metrics.diskTotalBytes);
    expect(metrics.memoryAvailableBytes).toBeLessThan(metrics.memoryTotalBytes);
    expect(metrics.memoryTotalBytes).toBeGreaterThan(64 * 1024 ** 2);
    expect(metrics.cpuCount).toBeGreaterThan(0);
    expect(metrics.loadAverage1m).toBeGreaterThanOrEqual(0);
  });
};

/** Reads all, then answers what it was told; its socket has its name once it listens. In Perl, which every machine has. */
const LISTENER = `use IO::Socket::UNIX; $| = 1;
my $listener = IO::Socket::UNIX->new(Local => 'ask.new', Listen => 5) or die $!;
rename 'ask.new', 'ask.sock' or die $!;
while (1) {
  my $asker = $listener->accept or next;
  my $text = do { local $/; <$asker> };
  if ($text eq 'silence') { push @kept, $asker } else { print {$asker} "got $text"; close $asker }
}`;

export const sockets = (machine: () => Machine): void => {
  describe('exchange', () => {
    it('tells a program at a Unix socket something, and answers its answer', async () => {
      await expect(machine().exchange('ask.sock', 'x', LIMIT.timeoutMs)).rejects.toMatchObject({ code: 'ENOENT' });
      await machine().ensureService({ name: 'asked', argv: ['perl', '-e', LISTENER], stopSignal: 'SIGTERM' });
      await eventually('it listens', () => machine().fileExists('ask.sock'));
      const long = 'äö\n'.repeat(50_000);
      expect(await machine().exchange('ask.sock', long, LIMIT.timeoutMs)).toBe(`got ${long}`);
      expect(await machine().exchange(`${machine().dataDirectory}/ask.sock`, 'a', LIMIT.timeoutMs)).toBe('got a');
      await expect(machine().exchange('ask.sock', 'silence', 300)).rejects.toThrow(/300 ms/);
      await machine().stopService('asked', { timeoutMs: 5_000, killAfterTimeout: true });
      await machine().removeService('asked');
    });
  });
};
