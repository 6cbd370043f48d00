import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { EventStore } from '@holdfast/domain';
import { HostLedger } from '@holdfast/infra/hosts';
import { z } from 'zod';
import { EVENT_STORE } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { REASON_MAX } from '../operations/operation-order.js';
import { hostMeta, registeredOr404 } from './host-access.js';
import { HOST_DOOR, type HostDoor } from './host-door.js';
import { viewHost, type HostView } from './host.view.js';

export const checkHostBody = z
  .strictObject({
    acceptKey: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'Expected SHA256: and 43 characters, as ssh-keygen -lf shows it.')
      .optional()
      .meta({ description: 'The fingerprint, read on the host itself, that it may show instead of the pinned one.' }),
    reason: z.string().max(REASON_MAX).optional(),
  })
  .meta({ id: 'CheckHostBody' });

/** Looks at a host over SSH. What is wrong with it is part of the answer and not an error. */
export class CheckHostCommand extends Command<HostView> {
  constructor(
    readonly context: RequestContext,
    readonly hostId: string,
    readonly body: z.infer<typeof checkHostBody>,
  ) {
    super();
  }
}

@CommandHandler(CheckHostCommand)
export class CheckHostHandler implements ICommandHandler<CheckHostCommand> {
  private readonly ledger: HostLedger;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(HOST_DOOR) private readonly door: HostDoor,
  ) {
    this.ledger = new HostLedger(store);
  }

  async execute({ context, hostId, body }: CheckHostCommand): Promise<HostView> {
    const host = registeredOr404(await this.ledger.load(hostId), hostId);
    await this.door.check(host, hostMeta(context, body.reason), body.acceptKey);
    return viewHost(registeredOr404(await this.ledger.load(hostId), hostId));
  }
}
