import { createHash } from 'node:crypto';
import { HostRefused, type HostProblemCode } from '@holdfast/domain';
import ssh2, { type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { TransportFailed } from '../debian/transport.js';

/** A server, and how to prove who we are and who it is. */
export interface SshTarget {
  readonly hostId: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Asked at each new connection, so that no copy is kept. */
  readonly privateKey: () => Promise<string>;
  /** Told the fingerprint of the key that the server shows, before anything is sent; rejects when it is not the one that is known. */
  readonly acceptHostKey: (fingerprint: string) => Promise<void>;
}

/** How long things may take; tests have less patience. */
export interface SshLimits {
  /** TCP, key exchange and login. */
  readonly connectMs: number;
  /** A sign of life is asked for so often, and the connection given up when so many were not answered. */
  readonly keepAliveMs: number;
  readonly keepAliveCountMax: number;
  /** A connection that nobody uses is closed after this. */
  readonly idleMs: number;
}

export const DEFAULT_SSH_LIMITS: SshLimits = { connectMs: 15_000, keepAliveMs: 5_000, keepAliveCountMax: 3, idleMs: 120_000 };

/** No connection, and why, in the words of a host's check. */
export class SshConnectFailed extends TransportFailed {
  constructor(
    readonly code: Extract<HostProblemCode, 'host-unreachable' | 'host-login-refused' | 'host-key-changed'>,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, { ...options, ...(code === 'host-unreachable' ? {} : { unreachableCode: code }) });
  }
}

/**
 * Which of its keys a server shows depends on this order, so it is ours and not the library's: another order in a later version would
 * look like another server.
 */
const HOST_KEY_ORDER: ServerHostKeyAlgorithm[] = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];

/** As OpenSSH shows it: `SHA256:` and the digest in base64 without padding. */
export const fingerprintOf = (hostKey: Buffer): string => `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`;

/** Connects and logs in. Throws SshConnectFailed, or what `acceptHostKey` threw when that is no refusal. */
export const openConnection = async (target: SshTarget, limits: SshLimits): Promise<ssh2.Client> => {
  const privateKey = await target.privateKey();
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let refusal: unknown;
    const verify = (key: Buffer, answer: (isIt: boolean) => void): void => {
      target.acceptHostKey(fingerprintOf(key)).then(
        () => answer(true),
        (problem: unknown) => {
          refusal = problem;
          answer(false);
        },
      );
    };
    // Errors after it is ready end it; whoever uses it sees its channels close.
    client.on('error', (problem) => reject(refusal === undefined ? failureOf(target, problem) : refusalOf(refusal)));
    client.once('close', () => reject(new SshConnectFailed('host-unreachable', `${placeOf(target)} closed the connection before the login was done.`)));
    client.once('ready', () => resolve(client));
    connect(client, { ...configurationOf(target, limits), privateKey, hostVerifier: verify }, reject);
  });
};

const connect = (client: ssh2.Client, configuration: ConnectConfig, reject: (problem: unknown) => void): void => {
  try {
    client.connect(configuration);
  } catch {
    // The library's message may tell parts of the key.
    reject(new SshConnectFailed('host-login-refused', 'The private key that is kept for this host cannot be read. Remove the host, and add it with another key.'));
  }
};

const configurationOf = ({ address, port, user }: SshTarget, limits: SshLimits): ConnectConfig => ({
  host: address,
  port,
  username: user,
  readyTimeout: limits.connectMs,
  keepaliveInterval: limits.keepAliveMs,
  keepaliveCountMax: limits.keepAliveCountMax,
  algorithms: { serverHostKey: HOST_KEY_ORDER },
  authHandler: ['publickey'],
});

/** Where it is, for people. */
export const placeOf = ({ address, port }: Pick<SshTarget, 'address' | 'port'>): string => `${address} port ${port}`;

const refusalOf = (refusal: unknown): Error => {
  if (refusal instanceof HostRefused && refusal.code === 'host-key-changed') return new SshConnectFailed('host-key-changed', refusal.message, { cause: refusal });
  return refusal instanceof Error ? refusal : new Error('The host key could not be judged.', { cause: refusal });
};

const failureOf = (target: SshTarget, problem: Error & ssh2.ClientErrorExtensions): SshConnectFailed => {
  if (problem.level === 'client-authentication') {
    return new SshConnectFailed('host-login-refused', `${placeOf(target)} does not let ${target.user} in with this key. Its public half belongs into ~${target.user}/.ssh/authorized_keys.`);
  }
  return new SshConnectFailed('host-unreachable', `${placeOf(target)} cannot be reached: ${problem.message || 'the connection failed'}.`, { cause: problem });
};
