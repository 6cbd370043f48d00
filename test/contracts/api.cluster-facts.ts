import { clusterStream, nextNodes, operationStream, type ClusterEvent, type DomainEvent, type EventStore, type OperationEvent, type RecordedFact } from '@holdfast/domain';
import { randomUUID } from 'node:crypto';

/** Writes the facts that workflows would write, into the real store, so that the API meets clusters in every state. */
export class ClusterFacts {
  constructor(private readonly store: EventStore) {}

  async append(clusterId: string, ...events: ClusterEvent[]): Promise<void> {
    await this.write(clusterStream(clusterId), events);
  }

  async journal(operationId: string, ...events: OperationEvent[]): Promise<void> {
    await this.write(operationStream(operationId), events);
  }

  /** The deployment that was accepted last ends well, with all its nodes and both addresses. */
  async deployed(clusterId: string): Promise<{ nodes: { id: string; name: string }[] }> {
    const accepted = await this.lastAccepted(clusterId);
    const { operationId, plan } = accepted.data;
    const events: ClusterEvent[] = plan.subjects.flatMap(({ nodeId, name, ordinal, role, size }): ClusterEvent[] => [
      { type: 'NodeReserved', data: { clusterId, nodeId, name, ordinal, role, plan: size } },
      { type: 'NodeProvisioned', data: { clusterId, nodeId, address: `127.77.0.${ordinal}`, port: 5432 } },
      { type: 'NodeConfigured', data: { clusterId, nodeId } },
      role === 'member'
        ? { type: 'MemberJoined', data: { clusterId, nodeId } }
        : role === 'primary' ? { type: 'PrimaryStarted', data: { clusterId, nodeId } } : { type: 'ReplicaJoined', data: { clusterId, nodeId, upstreamId: plan.subjects[0]?.nodeId ?? '' } },
    ]);
    await this.append(
      clusterId,
      ...events,
      { type: 'EndpointProvisioned', data: { clusterId, machineId: `${clusterId}-endpoint`, address: '127.77.0.100', readWritePort: 5000, readOnlyPort: 5001 } },
      { type: 'EndpointRouted', data: { clusterId, readWriteNodeId: plan.subjects[0]?.nodeId ?? '', readOnlyNodeIds: plan.subjects.slice(1).map((node) => node.nodeId) } },
      { type: 'ClusterDeployed', data: { clusterId } },
      { type: 'OperationSucceeded', data: { clusterId, operationId, kind: 'deploy-cluster', durationMs: 5 } },
    );
    return { nodes: plan.subjects.map(({ nodeId, name }) => ({ id: nodeId, name })) };
  }

  /** The operation that was accepted last ends well and leaves the nodes as they are. */
  async succeeded(clusterId: string, ...before: ClusterEvent[]): Promise<void> {
    const { operationId, kind } = (await this.lastAccepted(clusterId)).data;
    await this.append(clusterId, ...before, { type: 'OperationSucceeded', data: { clusterId, operationId, kind, durationMs: 5 } });
  }

  /** The deletion that was accepted last ends well. */
  async deleted(clusterId: string): Promise<void> {
    await this.succeeded(clusterId, { type: 'EndpointClosed', data: { clusterId } }, { type: 'ClusterDeleted', data: { clusterId } });
  }

  private async lastAccepted(clusterId: string): Promise<RecordedFact<Extract<ClusterEvent, { type: 'OperationAccepted' }>>> {
    const facts = await this.store.readStream(clusterStream(clusterId));
    const accepted = facts.findLast((fact) => fact.type === 'OperationAccepted');
    if (accepted === undefined) throw new Error(`Cluster ${clusterId} has no operation.`);
    return accepted as RecordedFact<Extract<ClusterEvent, { type: 'OperationAccepted' }>>;
  }

  private async write(stream: string, events: readonly DomainEvent[]): Promise<void> {
    await this.store.append(
      stream,
      'any',
      events.map((event) => ({ id: randomUUID(), type: event.type, schemaVersion: 1, data: event.data, meta: { actor: 'system:test', correlationId: 'test' } })),
    );
  }
}

/** Name of the nth node of a cluster. */
export const nodeName = (clusterId: string, ordinal: number): string =>
  nextNodes({ id: clusterId, engine: 'postgresql', nodesEverReserved: 0, nodes: [] }, ordinal)[ordinal - 1]?.name ?? '';
