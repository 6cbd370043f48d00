import { HostRefused, judgeHost, type ExpectedMachine, type HostCheck, type HostProblem, type HostRegistry, type RegisteredHost } from '@holdfast/domain';
import { inspectHost, problemOf } from './inspect-host.js';
import { portTakenOn } from './ports-taken.js';
import { DEFAULT_SSH_LIMITS, type SshLimits } from './ssh-connection.js';
import { SshTransport } from './ssh-transport.js';

/** Connections to the hosts of a registry, one transport for each, and their checks. */
export class SshHosts {
  private readonly transports = new Map<string, SshTransport>();

  constructor(
    readonly registry: HostRegistry,
    private readonly limits: SshLimits = DEFAULT_SSH_LIMITS,
  ) {}

  /** Connects at first use. The key that the host shows is pinned, or compared with the one that is. */
  to(host: RegisteredHost): SshTransport {
    // A host that was removed and added again may have another user.
    const key = `${host.id} ${host.user}`;
    const known = this.transports.get(key);
    if (known !== undefined) return known;
    const transport = this.connectionTo(host);
    this.transports.set(key, transport);
    return transport;
  }

  /**
   * Looks at a host and records what was found. By default the only machine it may serve is the one that facts say. A host that cannot be reached or used is an answer, not an error.
   * @param agreedKey a fingerprint that a person has read on the host itself, in place of the pinned one
   */
  async check(host: RegisteredHost, expected?: ExpectedMachine, agreedKey?: string): Promise<HostCheck> {
    // Over a new connection: one that is open already proves neither key nor login.
    const transport = this.connectionTo(host, agreedKey);
    try {
      const check = await checkOver(transport, expected ?? (await this.machineOf(host)));
      await this.registry.recordCheck(host.id, check);
      return check;
    } finally {
      await transport.close();
    }
  }

  /**
   * Why a host that serves nobody could not be taken now, as sentences; undefined when it could. Looks over the connection that is
   * kept, and records nothing. One that was never checked is not looked at: nobody has seen its key.
   */
  async whyNotNow(host: RegisteredHost, ports: readonly number[], timeoutMs: number): Promise<string | undefined> {
    if (host.check === undefined) return `It was not checked yet. Check it: holdfast hosts check ${host.id}.`;
    const { problems } = await checkOver(this.to(host), undefined, timeoutMs);
    if (problems.length > 0) return problems.map(({ detail }) => detail).join(' ');
    return portTakenOn(host, this.to(host), ports, timeoutMs).then(messageOf, (error: unknown) => problemOrThrow(error).detail);
  }

  private async machineOf({ assignment }: RegisteredHost): Promise<ExpectedMachine | undefined> {
    return assignment === undefined ? undefined : { machineId: assignment.machineId, owner: await this.registry.owner() };
  }

  async close(): Promise<void> {
    await Promise.all([...this.transports.values()].map((transport) => transport.close()));
    this.transports.clear();
  }

  private connectionTo(host: RegisteredHost, agreedKey?: string): SshTransport {
    return new SshTransport(
      {
        ...{ hostId: host.id, address: host.address, port: host.port, user: host.user },
        privateKey: () => this.registry.privateKey(host),
        acceptHostKey: (fingerprint) => this.registry.pinKey(host.id, fingerprint, agreedKey),
      },
      this.limits,
    );
  }
}

const checkOver = async (transport: SshTransport, expected: ExpectedMachine | undefined, timeoutMs?: number): Promise<HostCheck> => {
  try {
    const { measured } = await inspectHost(transport, timeoutMs);
    return { problems: judgeHost(measured, expected), measured };
  } catch (error) {
    if (error instanceof HostRefused) throw error;
    return { problems: [problemOrThrow(error)], measured: {} };
  }
};

const problemOrThrow = (error: unknown): HostProblem => {
  const problem = problemOf(error);
  if (problem === undefined) throw error;
  return problem;
};

const messageOf = (problem: Error | undefined): string | undefined => problem?.message;
