import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideRemoveHost, hostSecretsPrefix, type EventStore } from '@holdfast/domain';
import { HostLedger } from '@holdfast/infra/hosts';
import { EVENT_STORE } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { hostMeta, registeredOr404 } from './host-access.js';
import { HOST_DOOR, type HostDoor } from './host-door.js';

/** Forgets a host that serves nothing, with its key. */
export class RemoveHostCommand extends Command<void> {
  constructor(
    readonly context: RequestContext,
    readonly hostId: string,
    readonly reason?: string,
  ) {
    super();
  }
}

@CommandHandler(RemoveHostCommand)
export class RemoveHostHandler implements ICommandHandler<RemoveHostCommand> {
  private readonly ledger: HostLedger;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(HOST_DOOR) private readonly door: HostDoor,
  ) {
    this.ledger = new HostLedger(store);
  }

  async execute({ context, hostId, reason }: RemoveHostCommand): Promise<void> {
    const { host } = await this.ledger.load(hostId);
    // A removal that was killed before it had destroyed the key is completed by its repeat.
    if (host.status === 'removed') await this.door.secrets.destroy(hostSecretsPrefix(hostId));
    registeredOr404({ host }, hostId);
    await this.ledger.change(hostId, decideRemoveHost, hostMeta(context, reason));
    await this.door.secrets.destroy(hostSecretsPrefix(hostId));
  }
}
