import type { EngineCredentials, EngineNode, Machine, MemberCheck, MultiPrimaryEngine } from '@holdfast/domain';
import { never, pause, type RowClient } from './engine.harness.js';

/** What the contract needs to know about an engine whose members all take writes, beyond its port. */
export interface GroupHarness {
  readonly engine: MultiPrimaryEngine;
  readonly credentials: EngineCredentials;
  /** A machine with nothing on it. */
  createNode(name: string): Promise<EngineNode>;
  /** As the application's user, to this member alone. */
  connect(node: EngineNode): Promise<RowClient>;
  /** Ends the server as a power cut does, and it stays down until a driver starts it. */
  cutPower(node: EngineNode): Promise<void>;
  /** Its machine is switched on again, and does what it always does at its start. */
  powerOn(node: EngineNode): Promise<void>;
  /** Where files or the server of `on` still name `gone`; one line each. */
  tracesOf(gone: EngineNode, on: EngineNode): Promise<string[]>;
  /** Kills the server's process, which its machine starts again. */
  kill(node: EngineNode): Promise<void>;
  /** How endpoints ask members. */
  readonly check: MemberCheck;
  /** A machine for an endpoint. */
  createEndpoint(ports: readonly number[]): Promise<Machine>;
  /** As the application, the address of the member that answers there. */
  addressBehind(host: string, port: number): Promise<string>;
  /** Its server goes on listening, but is no full member of the group until `stepIn`. */
  stepOut(node: EngineNode): Promise<void>;
  stepIn(node: EngineNode): Promise<void>;
  /** What keeps an endpoint from asking one server, one after the other, each in a session of its own; the others know the account still. */
  readonly hindrances: readonly (readonly string[])[];
  hinder(node: EngineNode, statements: readonly string[]): Promise<void>;
  /** Its server takes no connection more than this, whoever asks. */
  limitConnections(node: EngineNode, connections: number): Promise<void>;
  /** After this long, a join of a new node is in its middle for sure. */
  readonly midJoinMs: number;
  destroy(): Promise<void>;
}

export type MakeGroupHarness = () => Promise<GroupHarness>;

/** A group that holds what was written through each of its members. */
export const deployGroup = async (harness: GroupHarness, names: readonly string[]): Promise<EngineNode[]> => {
  const { engine, credentials } = harness;
  const members = await Promise.all(names.map((name) => harness.createNode(name)));
  for (const node of members) await engine.install(node);
  const [first, ...others] = members as [EngineNode, ...EngineNode[]];
  await engine.bootstrapGroup(first, members, credentials);
  for (const node of others) await engine.joinGroup(node, members, credentials, never());
  return members;
};

export const writeThrough = async (harness: GroupHarness, node: EngineNode, ids: readonly number[]): Promise<void> => {
  const client = await harness.connect(node);
  try {
    await client.prepare();
    for (const id of ids) await client.write(id);
  } finally {
    await client.close();
  }
};

export const rowsOn = async (harness: GroupHarness, node: EngineNode): Promise<number[]> => {
  const client = await harness.connect(node);
  try {
    return await client.read();
  } finally {
    await client.close();
  }
};

/** Rows that a member may be asked to write in one test: no two members ever write the same. */
const ROWS_OF_A_MEMBER = 100_000;
const BREATH_MS = 5;
let begun = 0;

/** One client at each member that writes one row after the other, and notes what was acknowledged and what was not. */
export class GroupWriter {
  readonly acknowledged: number[] = [];
  readonly refusals: string[] = [];
  /** Numbers of the errors that a server itself gave as its answer, rather than a connection that broke. */
  readonly answeredErrors: unknown[] = [];
  longestGapMs = 0;
  private lastAt: number | undefined;
  private stopped = false;
  private readonly done: Promise<unknown>;

  constructor(
    private readonly harness: GroupHarness,
    nodes: readonly EngineNode[],
  ) {
    this.done = Promise.all(nodes.map((node) => this.work(node, ++begun * ROWS_OF_A_MEMBER)));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  /** Of one client; of several, how long none was answered. */
  private noteGap(): void {
    const now = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, now - (this.lastAt ?? now));
    this.lastAt = now;
  }

  private async work(node: EngineNode, from: number): Promise<void> {
    for (let id = from; !this.stopped; id++) {
      try {
        const client = await this.harness.connect(node);
        try {
          for (; !this.stopped; id++) {
            await client.write(id);
            this.acknowledged.push(id);
            this.noteGap();
            await pause(BREATH_MS);
          }
        } finally {
          await client.close();
        }
      } catch (problem) {
        // This row was not acknowledged, and its number is not used again.
        this.refusals.push(`${node.name}: ${String(problem)}`);
        if (typeof problem === 'object' && problem !== null && 'errno' in problem && 'sqlState' in problem) this.answeredErrors.push(problem.errno);
        await pause(BREATH_MS);
      }
    }
  }
}

/** A machine to which the connection is lost after so many calls: the driver can do no more, as if it had been killed. */
export const cutOff = (node: EngineNode, afterCalls: number): EngineNode => {
  let left = afterCalls;
  const machine = new Proxy(node.machine, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]): unknown => {
        if (left-- <= 0) throw new MachineCutOff(`${node.name} is cut off.`);
        return (member as (...values: unknown[]) => unknown).apply(target, values);
      };
    },
  });
  return { ...node, machine };
};

/** What a machine answers to which the connection is lost. */
export class MachineCutOff extends Error {
  override readonly name = 'MachineCutOff';
}
