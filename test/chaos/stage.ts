import { expect } from '@jest/globals';
import type { ClusterNode, ExistingCluster } from '@holdfast/domain';
import { findOrphanMachines } from '../../services/cli/src/stack/machines.js';
import { stackPlaces } from '../../services/cli/src/stack/stack-places.js';
import type { Writer } from '../../services/cli/src/demo/write-gap.js';
import { eventually } from '../support/api-client.js';
import { loseMachine } from '../support/lose-machine.js';
import { clusterIsAsFactsSay, writeTo } from '../support/mode-truth.js';
import { REPOSITORY_ROOT } from '../support/repository-root.js';
import type { TestStack } from '../support/test-stack.js';
import { leftovers, readCluster, readClusterById } from '../support/truth.js';
import type { MachineGround } from './machines.js';
import { deploymentOf, type Operation, type Scene, type Shape } from './scenes.js';

/** Whatever is done to it: an operation that everything works for ends within this. */
export const OPERATION_MS = 300_000;
/** A server that was just given back may still be looked at; a command whose worker was killed ends at the latest after 45 s of silence. */
const QUIET_MS = 60_000;

/** Ids come from names, and what is left over is looked for by id among all processes of the computer: runs beside each other have other names. */
export const clusterName = (prefix: string, count: number): string => `${prefix}-${process.pid.toString(36)}-${count}`;

export type Stuck = { readonly stuckIn: string };

/** One operation that was asked for, and what the cluster was before. */
export interface Asked {
  readonly operationId: string;
  readonly before: ExistingCluster | undefined;
  readonly subject: ClusterNode | undefined;
}

/** Clusters of one scene on a real installation: asks for operations, and looks at what came of them. */
export class Stage {
  constructor(
    readonly stack: TestStack,
    readonly scene: Scene,
    private readonly ground: MachineGround,
  ) {}

  /** Accepted, or throws. */
  async ask(operation: Operation, name: string): Promise<Asked> {
    const before = await this.clusterOf(operation, name);
    const subject = before === undefined ? undefined : operation.subject?.(before);
    if (before === undefined) await this.provideFor(operation.shape);
    if (operation.label === 'add-node') await this.ground.provide(this.stack, 1);
    return { operationId: await this.accepted(operation, name, before, subject), before, subject };
  }

  private async accepted(operation: Operation, name: string, before: ExistingCluster | undefined, subject: ClusterNode | undefined): Promise<string> {
    const { api } = this.stack;
    if (before === undefined) {
      const { replication: _, region: __, plan: ___, supportLevel: ____, ...body } = deploymentOf(this.scene, operation.shape, name);
      return api.accepted('POST', '/clusters', body);
    }
    const request = operation.request(before, subject);
    if (request === 'deploy') throw new Error(`${name} is there already.`);
    switch (request.kind) {
      case 'add-node':
        return api.accepted('POST', `/clusters/${name}/nodes`, request.input);
      case 'promote-node':
        return api.accepted('POST', `/clusters/${name}/nodes/${subject?.name}/promote`, { confirm: subject?.name });
      case 'remove-node': {
        const { nodeId: ____, ...body } = request.input;
        return api.accepted('DELETE', `/clusters/${name}/nodes/${subject?.name}`, body);
      }
      case 'delete-cluster':
        return api.accepted('DELETE', `/clusters/${name}`, request.input);
    }
  }

  /** What has happened before the operation is asked for. Once it has, it is not taken back. */
  async prepare(operation: Operation, name: string): Promise<void> {
    const subject = operation.subjectIsLost === true ? operation.subject?.(await readCluster(this.stack, name)) : undefined;
    if (subject !== undefined) await loseMachine(this.stack, subject, this.scene.machine);
  }

  private async clusterOf(operation: Operation, name: string): Promise<ExistingCluster | undefined> {
    return operation.label === 'deploy-cluster' ? undefined : readCluster(this.stack, name);
  }

  /** Machines for its nodes and its endpoint. */
  private provideFor({ nodes }: Shape): Promise<void> {
    return this.ground.provide(this.stack, nodes + 1);
  }

  async deploy(name: string, shape: Shape): Promise<void> {
    await this.provideFor(shape);
    const { replication: _, region: __, plan: ___, supportLevel: ____, ...body } = deploymentOf(this.scene, shape, name);
    await this.stack.succeeded(await this.stack.api.accepted('POST', '/clusters', body), OPERATION_MS);
  }

  async delete(name: string): Promise<void> {
    const { id } = await readCluster(this.stack, name);
    await this.stack.succeeded(await this.stack.api.accepted('DELETE', `/clusters/${name}`, { confirm: name }), OPERATION_MS);
    await this.isGone(await readClusterById(this.stack, id));
  }

  /** The word for how it ended, or the step in which it waits for a person. */
  ended(operationId: string): Promise<string | Stuck> {
    return eventually(`${operationId} ends or is stuck`, OPERATION_MS, async () => {
      const { body } = await this.stack.api.get(`/operations/${operationId}`);
      if (String(body['state']) === 'stuck') return { stuckIn: String(body['stuck']?.['step']) };
      return body['endedAt'] === undefined ? undefined : String(body['state']);
    });
  }

  /** What an operation that succeeded has changed, and that the servers say the same; nothing is there that no fact knows. */
  async hasSucceeded(operation: Operation, name: string, { before, subject }: Asked): Promise<void> {
    const after = await this.clusterAfter(name, before);
    const [idsBefore, idsAfter] = [idsOf(before), idsOf(after)];
    switch (operation.label) {
      case 'add-node':
      case 'add-shard':
        expect(idsAfter).toEqual(expect.arrayContaining(idsBefore));
        expect(idsAfter.length).toBeGreaterThan(idsBefore.length);
        break;
      case 'remove-node':
      case 'remove-lost-node':
      case 'remove-shard':
        expect(idsAfter).not.toContain(subject?.id);
        expect(await leftovers(this.stack, subject?.id ?? '')).toEqual({ processes: [], directories: [] });
        break;
      case 'promote-node':
        expect(after.nodes.find(({ id }) => id === subject?.id)?.role).toMatch(/primary$/);
        break;
      case 'delete-cluster':
        await this.isGone(after);
        return;
    }
    await clusterIsAsFactsSay(this.stack, name);
    await this.nothingIsLeftOver();
  }

  /** What an operation that was taken back has left: the cluster as it was, or none; nothing is there that no fact knows. */
  async wasUndone(operation: Operation, name: string, { before, operationId }: Asked): Promise<void> {
    if (before === undefined) {
      const { body } = await this.stack.api.get(`/operations/${operationId}`);
      await this.isGone(await readClusterById(this.stack, String(body['cluster']?.['id'])));
      return;
    }
    const shapeOf = ({ nodes }: ExistingCluster): object => nodes.map(({ id, role, status, shard }) => ({ id, role, status, shard }));
    expect(shapeOf(await readCluster(this.stack, name))).toEqual(shapeOf(before));
    // The one that is lost is still among the facts, and not among the servers.
    if (operation.subjectIsLost !== true) await clusterIsAsFactsSay(this.stack, name);
    await this.nothingIsLeftOver();
  }

  /** A writing client before, and what it must find afterwards; undefined where nobody can write. */
  async writer(operation: Operation, name: string): Promise<Writer | undefined> {
    return ['deploy-cluster', 'delete-cluster'].includes(operation.label) ? undefined : writeTo(this.stack, name);
  }

  /** What of these commands, begun by a worker that was killed since, runs for ever. */
  async haveEnded(commands: readonly string[]): Promise<void> {
    expect(await this.none(async () => (await this.ground.commands()).filter((line) => commands.includes(line)))).toEqual([]);
  }

  /** No machine, process or directory that no fact knows, on any provider; servers that were given back are as they were. */
  async nothingIsLeftOver(): Promise<void> {
    const places = stackPlaces(this.stack.env, REPOSITORY_ROOT);
    expect((await findOrphanMachines(places)).orphans).toEqual([]);
    expect(await this.none(() => this.ground.remains(this.stack))).toEqual([]);
  }

  /** The first empty answer, or the last one. */
  private async none(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
    let found: readonly string[] = [];
    await eventually('nothing is there', QUIET_MS, async () => {
      found = await look();
      return found.length === 0 || undefined;
    }).catch((problem: unknown) => {
      if (found.length === 0) throw problem;
    });
    return found;
  }

  private async isGone(cluster: ExistingCluster): Promise<void> {
    expect(cluster.status).toBe('deleted');
    expect(await leftovers(this.stack, cluster.id)).toEqual({ processes: [], directories: [] });
    await this.nothingIsLeftOver();
  }

  private clusterAfter(name: string, before: ExistingCluster | undefined): Promise<ExistingCluster> {
    return before === undefined ? readCluster(this.stack, name) : readClusterById(this.stack, before.id);
  }
}

const idsOf = (cluster: ExistingCluster | undefined): string[] => (cluster?.nodes ?? []).map(({ id }) => id).sort();

export const nothingIsLost = async (writer: Writer | undefined): Promise<void> => {
  if (writer === undefined) return;
  await writer.nextAcknowledged(60_000);
  const report = await writer.stop();
  expect(report.acknowledgedCount).toBeGreaterThan(0);
  expect(report.missingIds).toEqual([]);
};
