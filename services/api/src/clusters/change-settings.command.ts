import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { clusterStream, decideSettings, VersionConflict, type ClusterEvent, type EventStore, type NewFact } from '@holdfast/domain';
import { v4 } from 'uuid';
import { z } from 'zod';
import { EVENT_STORE } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { REASON_MAX } from '../operations/operation-order.js';
import { refused } from '../problems/problem.js';
import { viewCluster, type ClusterView } from '../views/cluster.view.js';
import { ClusterLocator } from './cluster-locator.js';
import { findOr404 } from './get-cluster.query.js';

export const settingsBody = z
  .strictObject({ terminationProtection: z.boolean().meta({ description: 'Refuses every deletion while it is on.' }), reason: z.string().max(REASON_MAX).optional() })
  .meta({ id: 'SettingsBody' });

const ATTEMPTS_MAX = 5;

/** Settings change no server, so they take no lock and are no operation: the answer is the cluster as it then is. */
export class ChangeSettingsCommand extends Command<ClusterView> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
    readonly body: z.infer<typeof settingsBody>,
  ) {
    super();
  }
}

@CommandHandler(ChangeSettingsCommand)
export class ChangeSettingsHandler implements ICommandHandler<ChangeSettingsCommand> {
  constructor(
    @Inject(ClusterLocator) private readonly locator: ClusterLocator,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async execute(command: ChangeSettingsCommand): Promise<ClusterView> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(command);
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt >= ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async attempt({ context, cluster, body }: ChangeSettingsCommand): Promise<ClusterView> {
    const history = await findOr404(this.locator, cluster);
    const decision = decideSettings(history.cluster, { terminationProtection: body.terminationProtection });
    if (!decision.accepted) throw refused(decision.refusal);
    if (decision.events.length === 0) return viewCluster(history);
    await this.store.append(
      clusterStream(history.clusterId),
      history.version,
      decision.events.map((event) => factOutsideOperation(event, context, body.reason)),
    );
    return viewCluster(await findOr404(this.locator, history.clusterId));
  }
}

/** Such facts carry the request's id, since no operation stands behind them. */
export const factOutsideOperation = (event: ClusterEvent, context: RequestContext, reason?: string): NewFact<ClusterEvent> => ({
  id: v4(),
  type: event.type,
  schemaVersion: 1,
  data: event.data,
  meta: { actor: context.actor, ...(reason === undefined ? {} : { reason }), correlationId: context.correlationId },
});
