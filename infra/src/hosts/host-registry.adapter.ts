import { createHash } from 'node:crypto';
import {
  decideAssignHost,
  decideFreeHost,
  decidePinHostKey,
  decideRecordCheck,
  type EventStore,
  type FactMetadata,
  type HostAssignment,
  type HostCheck,
  type HostRegistry,
  type RegisteredHost,
  type Secrets,
} from '@holdfast/domain';
import { HostLedger } from './host-ledger.js';

/** Made once for each installation, as all secrets are; its digest is written on hosts, so that two installations tell their machines apart. */
const OWNER_REFERENCE = 'installation/hosts-owner';

/** Hosts in the event store, their keys in the Secrets. */
export class EventStoreHostRegistry implements HostRegistry {
  private readonly ledger: HostLedger;

  /** @param meta who acts, written into the facts of what is done through this */
  constructor(
    store: EventStore,
    private readonly secrets: Secrets,
    private readonly meta: FactMetadata,
  ) {
    this.ledger = new HostLedger(store);
  }

  async list(): Promise<readonly RegisteredHost[]> {
    const histories = await Promise.all((await this.ledger.ids()).map((id) => this.ledger.load(id)));
    return histories.map(({ host }) => host).filter((host) => host.status === 'registered');
  }

  async find(hostId: string): Promise<RegisteredHost | undefined> {
    const { host } = await this.ledger.load(hostId);
    return host.status === 'registered' ? host : undefined;
  }

  privateKey(host: RegisteredHost): Promise<string> {
    return this.secrets.get(host.keyReference);
  }

  async owner(): Promise<string> {
    return createHash('sha256').update(await this.secrets.ensure(OWNER_REFERENCE)).digest('hex').slice(0, 16);
  }

  async pinKey(hostId: string, fingerprint: string, agreed?: string): Promise<void> {
    await this.ledger.change(hostId, (host) => decidePinHostKey(host, fingerprint, agreed), this.meta);
  }

  async recordCheck(hostId: string, check: HostCheck): Promise<void> {
    const owner = await this.owner();
    await this.ledger.change(hostId, (host) => decideRecordCheck(host, check, owner), this.meta);
  }

  async assign(hostId: string, assignment: HostAssignment): Promise<void> {
    const meta = { ...this.meta, reason: `Machine ${assignment.machineId} of cluster ${assignment.clusterId} needs a host.`, correlationId: assignment.machineId };
    await this.ledger.change(hostId, (host) => decideAssignHost(host, assignment), meta);
  }

  async free(hostId: string, machineId: string): Promise<void> {
    const meta = { ...this.meta, reason: `Machine ${machineId} is destroyed.`, correlationId: machineId };
    await this.ledger.change(hostId, (host) => decideFreeHost(host, machineId), meta);
  }
}
