import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SshConnectFailed, SshTransport, type SshLimits, type SshTarget } from '@holdfast/infra/providers/ssh';
import { startSshd, type Sshd } from '../support/sshd.js';
import { startRelay, type TcpRelay } from '../support/tcp-relay.js';
import { eventually, pidLives } from './machine.harness.js';

const LIMITS: SshLimits = { connectMs: 20_000, keepAliveMs: 5_000, keepAliveCountMax: 3, idleMs: 30_000 };
/** Less patience than in earnest: only for who is to be given up, since a busy computer may take as long. */
const IMPATIENT: SshLimits = { connectMs: 5_000, keepAliveMs: 300, keepAliveCountMax: 3, idleMs: 30_000 };
const SIGNAL = { signal: new AbortController().signal };

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Nothing is said.
}
async function* saying(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
/** Open until the program has ended, as the runner's frames are. */
async function* open(): AsyncGenerator<Uint8Array> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50).unref());
    yield Buffer.from('.');
  }
}

describe('the ssh transport', () => {
  let sshd: Sshd;
  let relay: TcpRelay;
  const opened: SshTransport[] = [];

  beforeAll(async () => {
    sshd = await startSshd();
    relay = await startRelay(sshd.port);
  }, 120_000);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close()));
  });
  afterAll(async () => {
    await relay.close();
    await sshd.stop();
  });

  const target = (changes: Partial<SshTarget> = {}): SshTarget => ({
    ...{ hostId: 'host', address: '127.0.0.1', port: relay.port, user: 'root' },
    privateKey: async () => sshd.privateKey,
    acceptHostKey: async () => undefined,
    ...changes,
  });
  const transportTo = (changes: Partial<SshTarget> = {}): SshTransport => {
    const transport = new SshTransport(target(changes), LIMITS);
    opened.push(transport);
    return transport;
  };
  const ask = async (transport: SshTransport, argv: readonly [string, ...string[]], stdin: AsyncIterable<Uint8Array> = nothing()) => {
    const said = { stdout: '', stderr: '' };
    const onOutput = (stream: 'stdout' | 'stderr', piece: Uint8Array): void => void (said[stream] += Buffer.from(piece).toString());
    return { exitCode: await transport.exec({ argv, stdin, onOutput, ...SIGNAL }), ...said };
  };

  it('answers exit codes, signals and both outputs', async () => {
    const transport = transportTo();
    expect(await ask(transport, ['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    expect((await ask(transport, ['sh', '-c', 'kill -KILL $$'])).exitCode).toBe(137);
    expect((await ask(transport, ['no-such-program'])).exitCode).toBe(127);
    expect((await ask(transport, ['printf', '%s|', 'a b', "it's", '$HOME`id`', '; exit 9', '', '*'])).stdout).toBe("a b|it's|$HOME`id`|; exit 9||*|");
  });
  it('carries input and output of any size, and holds the program back while its output is not taken', async () => {
    const transport = transportTo();
    const piece = Buffer.alloc(1024 * 1024, 'holdfast');
    const many = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 40; at += 1) yield piece;
    };
    const hash = createHash('sha256');
    let most = 0;
    const exitCode = await transport.exec({
      argv: ['cat'],
      stdin: many(),
      onOutput: async (_, taken) => {
        hash.update(taken);
        await new Promise((resolve) => setTimeout(resolve, 1));
        most = Math.max(most, process.memoryUsage().rss);
      },
      ...SIGNAL,
    });
    const expected = createHash('sha256');
    for (let at = 0; at < 40; at += 1) expected.update(piece);
    expect([exitCode, hash.digest('hex')]).toEqual([0, expected.digest('hex')]);
  }, 60_000);
  it('hands all of it over to one who is slow to take it, before it says that the program has ended', async () => {
    const said = { stdout: '', stderr: '' };
    const onOutput = async (stream: 'stdout' | 'stderr', piece: Uint8Array): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      said[stream] += Buffer.from(piece).toString();
    };
    const argv = ['sh', '-c', 'printf a >&2; sleep 0.05; printf b >&2; sleep 0.05; printf c >&2; printf d; exit 5'] as const;
    expect([await transportTo().exec({ argv, stdin: nothing(), onOutput, ...SIGNAL }), said]).toEqual([5, { stdout: 'd', stderr: 'abc' }]);
  });
  it('does not wait for input that the program does not want, or that comes only after its end', async () => {
    const transport = transportTo();
    expect((await ask(transport, ['true'], open())).exitCode).toBe(0);
    expect((await ask(transport, ['true'], saying(Buffer.alloc(5_000_000)))).exitCode).toBe(0);
  });
  it('uses one connection for many programs, and more when sshd has no room for them', async () => {
    const before = relay.connections();
    const transport = transportTo();
    for (let at = 0; at < 5; at += 1) await ask(transport, ['true']);
    expect(relay.connections() - before).toBe(1);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(transport, ['sh', '-c', `sleep 0.3; echo ${at}`])));
    expect(answers.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(relay.connections() - before).toBe(3);
  });
  it('closes a connection that nobody uses', async () => {
    const transport = new SshTransport(target(), { ...LIMITS, idleMs: 1_000 });
    await ask(transport, ['true']);
    expect(sshd.sessions().length).toBeGreaterThan(0);
    await eventually('the connection is gone', () => sshd.sessions().length === 0);
    expect((await ask(transport, ['true'])).exitCode).toBe(0);
    await transport.close();
  });

  describe('ends the input of a program', () => {
    /** Says its pid, waits for the end of its input, and ends then. */
    const waiter = ['sh', '-c', 'echo $$; cat > /dev/null; exit 7'] as const;
    const begin = (transport: SshTransport, signal: AbortSignal): { pid: Promise<number>; end: Promise<unknown> } => {
      let told: (pid: number) => void = () => undefined;
      const pid = new Promise<number>((resolve) => (told = resolve));
      const onOutput = (_: string, piece: Uint8Array): void => told(Number(Buffer.from(piece).toString()));
      return { pid, end: transport.exec({ argv: waiter, stdin: open(), onOutput, signal }).catch((problem: unknown) => problem) };
    };
    it('whose connection is cut', async () => {
      const { pid, end } = begin(transportTo(), SIGNAL.signal);
      const running = await pid;
      expect(pidLives(running)).toBe(true);
      relay.cut();
      expect(await end).toMatchObject({ name: 'TransportFailed' });
      await eventually('it has ended', () => !pidLives(running));
    });
    it('that is given up by its caller, at once', async () => {
      const abort = new AbortController();
      const { pid, end } = begin(transportTo(), abort.signal);
      const running = await pid;
      const reason = new Error('It took too long.');
      abort.abort(reason);
      expect(await end).toBe(reason);
      await eventually('it has ended', () => !pidLives(running));
    });
  });

  it('gives a host up that hangs in the middle of a command', async () => {
    const transport = new SshTransport(target(), IMPATIENT);
    opened.push(transport);
    let hanging: number[] = [];
    const onOutput = (): void => {
      hanging = sshd.sessions();
      for (const pid of hanging) process.kill(pid, 'SIGSTOP');
    };
    const problem = await transport.exec({ argv: ['sh', '-c', 'echo begun; sleep 600'], stdin: open(), onOutput, ...SIGNAL }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ name: 'TransportFailed', message: expect.stringContaining('cut before the program had ended') });
    for (const pid of hanging) process.kill(pid, 'SIGKILL');
    // The next is another connection.
    expect((await ask(transport, ['true'])).exitCode).toBe(0);
  });
  it('gives a network up that swallows everything, and one that never answers', async () => {
    const quiet = await startRelay(sshd.port);
    try {
      const transport = new SshTransport(target({ port: quiet.port }), IMPATIENT);
      const problem = await transport
        .exec({ argv: ['sh', '-c', 'echo begun; sleep 60'], stdin: open(), onOutput: () => quiet.fallSilent(), ...SIGNAL })
        .catch((error: unknown) => error);
      expect(problem).toMatchObject({ name: 'TransportFailed' });
      await expect(ask(transport, ['true'])).rejects.toMatchObject({ code: 'host-unreachable' });
    } finally {
      await quiet.close();
    }
  });

  describe('connects to nobody but the host', () => {
    it('is told its fingerprint, and believes what it is told of it', async () => {
      const shown: string[] = [];
      await ask(transportTo({ acceptHostKey: async (fingerprint) => void shown.push(fingerprint) }), ['true']);
      expect(shown).toEqual([sshd.fingerprint()]);
      const refusal = new Error('Not this one.');
      await expect(ask(transportTo({ acceptHostKey: () => Promise.reject(refusal) }), ['true'])).rejects.toBe(refusal);
    });
    it('says that a key is not let in, without telling the key', async () => {
      const problem = await ask(transportTo({ privateKey: async () => sshd.otherPrivateKey }), ['true']).catch((error: unknown) => error);
      expect(problem).toBeInstanceOf(SshConnectFailed);
      expect(problem).toMatchObject({ code: 'host-login-refused', message: expect.stringContaining('authorized_keys') });
      for (const bad of ['', 'no key', sshd.privateKey.slice(0, 200)]) {
        const unreadable: unknown = await ask(transportTo({ privateKey: async () => bad }), ['true']).catch((error: unknown) => error);
        expect(unreadable).toMatchObject({ code: 'host-login-refused' });
        expect(String(unreadable)).not.toContain(sshd.privateKey.slice(40, 120));
      }
    });
    it('says that nobody is there', async () => {
      await expect(ask(transportTo({ port: 9 }), ['true'])).rejects.toMatchObject({ code: 'host-unreachable', message: expect.stringContaining('ECONNREFUSED') });
    });
  });
});
