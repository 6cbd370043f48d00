import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideRegisterHost, hostIdOf, hostSecretsPrefix, type EventStore, type HostEvent, type Decision, type Host, type HostRefusalCode } from '@holdfast/domain';
import { HostLedger } from '@holdfast/infra/hosts';
import { faultOfPrivateKey } from '@holdfast/infra/providers/ssh';
import { v4 } from 'uuid';
import { z } from 'zod';
import { EVENT_STORE } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { REASON_MAX } from '../operations/operation-order.js';
import { Problem } from '../problems/problem.js';
import { hostMeta, registeredOr404 } from './host-access.js';
import { HOST_DOOR, type HostDoor } from './host-door.js';
import { viewHost, type HostView } from './host.view.js';

const SSH_PORT = 22;
/** An RSA key of 16384 bits takes about 13 kB. */
const KEY_CHARACTERS_MAX = 20_000;

export const registerHostBody = z
  .strictObject({
    address: z.string().min(1).max(253).meta({ description: 'Host name or IP address, as clients and the other nodes reach it too.' }),
    port: z.int().min(1).max(65_535).optional().meta({ description: `Of its SSH server; ${SSH_PORT} when absent.` }),
    user: z.string().min(1).max(32).optional().meta({ description: 'root when absent; another must be able to sudo without a password.' }),
    privateKey: z.string().min(1).max(KEY_CHARACTERS_MAX).meta({ description: 'OpenSSH or PEM, without a passphrase. Kept encrypted, and never shown again.', writeOnly: true }),
    reason: z.string().max(REASON_MAX).optional(),
  })
  .meta({ id: 'RegisterHostBody' });

/** Keeps the key and registers the host; nothing is sent to it yet. */
export class RegisterHostCommand extends Command<HostView> {
  constructor(
    readonly context: RequestContext,
    readonly body: z.infer<typeof registerHostBody>,
  ) {
    super();
  }
}

@CommandHandler(RegisterHostCommand)
export class RegisterHostHandler implements ICommandHandler<RegisterHostCommand> {
  private readonly ledger: HostLedger;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(HOST_DOOR) private readonly door: HostDoor,
  ) {
    this.ledger = new HostLedger(store);
  }

  async execute({ context, body }: RegisterHostCommand): Promise<HostView> {
    const { address, port = SSH_PORT, user = 'root' } = body;
    const fault = faultOfPrivateKey(body.privateKey);
    if (fault !== undefined) throw new Problem(422, 'invalid-host-key', fault);
    const hostId = hostIdOf(address, port);
    const keyReference = `${hostSecretsPrefix(hostId)}${v4()}`;
    const decide = (host: Host): Decision<HostEvent, HostRefusalCode> => decideRegisterHost(host, { address, port, user, keyReference });
    // The key goes first: a host without one could never be reached.
    await this.door.secrets.put(keyReference, body.privateKey);
    try {
      return viewHost(registeredOr404(await this.ledger.change(hostId, decide, hostMeta(context, body.reason)), hostId));
    } catch (error) {
      const { host } = await this.ledger.load(hostId);
      if (host.status !== 'registered' || host.keyReference !== keyReference) await this.door.secrets.destroy(keyReference);
      throw error;
    }
  }
}
