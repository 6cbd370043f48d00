import type { EngineCredentials, EngineNode, ReplicatedEngine } from '@holdfast/domain';

/** One connection to a node as the application's user, in the engine's own protocol. */
export interface RowClient {
  /** Makes the table of rows when it is not there. */
  prepare(): Promise<void>;
  /** Resolves when the commit is acknowledged; rejects when it is refused or the connection breaks. */
  write(id: number): Promise<void>;
  read(): Promise<number[]>;
  close(): Promise<void>;
}

/** What the contract needs to know about an engine beyond its port: how to look behind it, and how to break it. */
export interface EngineHarness {
  readonly engine: ReplicatedEngine;
  readonly credentials: EngineCredentials;
  /** A machine with nothing on it. */
  createNode(name: string): Promise<EngineNode>;
  connect(node: EngineNode): Promise<RowClient>;
  /** What is kept on a node for replicas (PostgreSQL: slots). */
  reservationsOn(node: EngineNode): Promise<string[]>;
  /** Stops every process of the node's server in the middle of what it does; answers how to let them go on. */
  freeze(node: EngineNode): Promise<() => Promise<void>>;
  /** How a primary that wrote on after another was promoted comes back. */
  readonly wayAfterDivergence: 'rewind' | 'clone';
  /** How a replica that was stopped for a while comes back. */
  readonly wayAfterAbsence: 'as-is' | 'clone';
  /** Destroys what a rewind of this stopped node would need, but not what identifies it. Nothing to do for an engine without a rewind. */
  makeRewindImpossible(node: EngineNode): Promise<void>;
  /** After this long, a copy of three rows is in the middle for sure. */
  readonly midCopyMs: number;
  /** Puts something into the place where a copy is made, as a killed copy leaves it. */
  leaveHalfCopy(node: EngineNode): Promise<void>;
  destroy(): Promise<void>;
}

export type MakeEngineHarness = () => Promise<EngineHarness>;

/** Every printable character of ASCII, the blank too. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at));

/** Accounts of a test's cluster: a password may have every printable character. @param superuser the name that the engine's own superuser has */
export const credentialsOf = (superuser = 'holdfast'): EngineCredentials => ({
  superuser: { user: superuser, password: `${PRINTABLE}-super-secret-1` },
  replication: { user: 'holdfast_replication', password: `${PRINTABLE}-replication-secret-2` },
  application: { user: 'app', password: `${PRINTABLE}-application-secret-3`, database: 'app' },
});

/** Only a test's own patience; the driver has limits of its own. */
export const never = (): AbortSignal => new AbortController().signal;

export interface TestCluster {
  readonly primary: EngineNode;
  readonly replicas: readonly EngineNode[];
}

/** For a stop, or for what was written to arrive, where nothing is in the way: a slow disk takes its time. */
export const PATIENCE_MS = 60_000;

/** Makes an empty node a replica, in the order that operations use. */
export const join = async (harness: EngineHarness, node: EngineNode, upstream: EngineNode): Promise<void> => {
  const { engine, credentials } = harness;
  await engine.install(node);
  await engine.reserveReplica(upstream, node.name, credentials);
  await engine.cloneFrom(node, upstream, credentials, never());
  await engine.followUpstream(node, upstream, credentials);
  await engine.waitUntilCaughtUp(node, upstream, credentials, never());
};

/** A primary that holds rows 1 to 3, and replicas. */
export const deploy = async (harness: EngineHarness, prefix: string, replicaCount: number): Promise<TestCluster> => {
  const { engine, credentials } = harness;
  const primary = await harness.createNode(`${prefix}-1`);
  await engine.install(primary);
  await engine.startAsPrimary(primary, credentials);
  await writeRows(harness, primary, [1, 2, 3]);
  const replicas = await Promise.all(Array.from({ length: replicaCount }, (_, at) => harness.createNode(`${prefix}-${at + 2}`)));
  await Promise.all(replicas.map((node) => join(harness, node, primary)));
  return { primary, replicas };
};

export const writeRows = async (harness: EngineHarness, node: EngineNode, ids: readonly number[]): Promise<void> => {
  const client = await harness.connect(node);
  try {
    await client.prepare();
    for (const id of ids) await client.write(id);
  } finally {
    await client.close();
  }
};

export const readRows = async (harness: EngineHarness, node: EngineNode): Promise<number[]> => {
  const client = await harness.connect(node);
  try {
    return await client.read();
  } finally {
    await client.close();
  }
};

/** The steps of a switchover, without the endpoint; answers how the old primary came back. */
export const switchOver = async (
  { engine, credentials }: EngineHarness,
  from: EngineNode,
  to: EngineNode,
  others: readonly EngineNode[],
  onPromoted: () => void = () => undefined,
): Promise<{ way: string }> => {
  for (const node of [from, ...others]) await engine.reserveReplica(to, node.name, credentials);
  await engine.prepareSwitchover(from, to, credentials);
  const position = await engine.fence(from, credentials, PATIENCE_MS);
  await engine.waitForPosition(to, position, credentials, PATIENCE_MS);
  await engine.promote(to, credentials);
  onPromoted();
  await Promise.all(others.map((node) => engine.followUpstream(node, to, credentials)));
  await Promise.all(others.map((node) => engine.waitUntilCaughtUp(node, to, credentials, never())));
  const { way } = await engine.rejoinAsReplica(from, to, credentials, never());
  await engine.waitUntilCaughtUp(from, to, credentials, never());
  return { way };
};

/** Writes one row after the other through whoever is the primary, as a client behind an endpoint does, and notes what was acknowledged. */
export class Writer {
  readonly acknowledged: number[] = [];
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly harness: EngineHarness,
    private target: EngineNode,
    private next: number,
  ) {
    this.done = this.work();
  }

  goTo(node: EngineNode): void {
    this.target = node;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      let client: RowClient | undefined;
      try {
        client = await this.harness.connect(this.target);
        while (!this.stopped) {
          await client.write(this.next);
          this.acknowledged.push(this.next++);
          await pause(2);
        }
      } catch {
        // Refused, or cut off: this row was not acknowledged, and its number is not used again.
        this.next++;
        await pause(5);
      } finally {
        await client?.close();
      }
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
