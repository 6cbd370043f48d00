import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { clusterStream, decideRemoveHost, foldCluster, hostSecretsPrefix, machineIdsOf, type ClusterEvent, type EventStore, type Host } from '@holdfast/domain';
import { HostLedger } from '@holdfast/infra/hosts';
import { EVENT_STORE } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { hostMeta, registeredOr404 } from './host-access.js';
import { HOST_DOOR, type HostDoor } from './host-door.js';

/** Forgets a host that serves nothing, with its key; one that is lost also with a machine that its cluster does not know any more. */
export class RemoveHostCommand extends Command<void> {
  constructor(
    readonly context: RequestContext,
    readonly hostId: string,
    readonly isLost: boolean,
    readonly reason?: string,
  ) {
    super();
  }
}

@CommandHandler(RemoveHostCommand)
export class RemoveHostHandler implements ICommandHandler<RemoveHostCommand> {
  private readonly ledger: HostLedger;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(HOST_DOOR) private readonly door: HostDoor,
  ) {
    this.ledger = new HostLedger(store);
  }

  async execute({ context, hostId, isLost, reason }: RemoveHostCommand): Promise<void> {
    const { host } = await this.ledger.load(hostId);
    // A removal that was killed before it had destroyed the key is completed by its repeat.
    if (host.status === 'removed') await this.door.secrets.destroy(hostSecretsPrefix(hostId));
    registeredOr404({ host }, hostId);
    const isWanted = await this.isWanted(host);
    await this.ledger.change(hostId, (now) => decideRemoveHost(now, { isLost, isWanted: isWanted || !servesTheSame(host, now) }), hostMeta(context, reason));
    await this.door.secrets.destroy(hostSecretsPrefix(hostId));
  }

  private async isWanted(host: Host): Promise<boolean> {
    if (host.status !== 'registered' || host.assignment === undefined) return false;
    const { machineId, clusterId } = host.assignment;
    const facts = await this.store.readStream(clusterStream(clusterId));
    // The streams of clusters hold these facts alone.
    return machineIdsOf(foldCluster(facts as readonly { type: string; data: object }[] as readonly ClusterEvent[])).includes(machineId);
  }
}

const machineOn = (host: Host): string | undefined => (host.status === 'registered' ? host.assignment?.machineId : undefined);
/** A host that was given a machine since is wanted. */
const servesTheSame = (before: Host, now: Host): boolean => machineOn(before) === machineOn(now);
