import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { clusterStream, LOGINS, SecretNotFound, secretReference, seedsOf, traitsOf, type EventStore, type ExistingCluster, type Secrets } from '@holdfast/domain';
import { z } from 'zod';
import { EVENT_STORE, SECRETS } from '../api-dependencies.js';
import type { RequestContext } from '../http/request-context.js';
import { Problem } from '../problems/problem.js';
import { factOutsideOperation } from './change-settings.command.js';
import type { ExistingHistory } from './cluster-history.js';
import { ClusterLocator } from './cluster-locator.js';
import { connectionUrl, type Address } from './connection-url.js';
import { findOr404 } from './get-cluster.query.js';

const address = z.object({ host: z.string(), port: z.int(), url: z.string().meta({ description: 'Holds the password.' }) });

export const credentialsView = z
  .object({
    engine: z.string(),
    user: z.string(),
    password: z.string(),
    database: z.string().optional().meta({ description: 'Absent where the engine has no named databases.' }),
    readWrite: address,
    readOnly: address,
    seeds: z.array(z.string()).optional().meta({ description: 'Only of a sharded cluster: `host:port` of each node that serves. Both addresses are then the first of them, since each node leads to all.' }),
  })
  .meta({ id: 'Credentials' });
export type CredentialsView = z.infer<typeof credentialsView>;

/** Shows how clients connect. It is a command: that somebody saw the password is a fact, and stands before the answer. */
export class RevealCredentialsCommand extends Command<CredentialsView> {
  constructor(
    readonly context: RequestContext,
    readonly cluster: string,
  ) {
    super();
  }
}

@CommandHandler(RevealCredentialsCommand)
export class RevealCredentialsHandler implements ICommandHandler<RevealCredentialsCommand> {
  constructor(
    @Inject(ClusterLocator) private readonly locator: ClusterLocator,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(SECRETS) private readonly secrets: Pick<Secrets, 'get'>,
  ) {}

  async execute({ context, cluster }: RevealCredentialsCommand): Promise<CredentialsView> {
    const history = await findOr404(this.locator, cluster);
    const view = await this.viewOf(history);
    // Any version: whatever happens to the cluster meanwhile, the password was seen.
    await this.store.append(clusterStream(history.clusterId), 'any', [
      factOutsideOperation({ type: 'CredentialsRevealed', data: { clusterId: history.clusterId } }, context),
    ]);
    return view;
  }

  private async viewOf({ cluster, clusterId }: ExistingHistory): Promise<CredentialsView> {
    const { engine, name } = cluster;
    if (cluster.status === 'deleted') throw new Problem(409, 'cluster-deleted', `Cluster ${name} is deleted.`);
    const doors = doorsOf(cluster);
    if (doors === undefined) throw new Problem(409, 'cluster-not-running', `Cluster ${name} has no addresses yet.`);
    const traits = traitsOf(engine);
    const { user, database } = LOGINS.application;
    const login = { user, password: await this.password(clusterId, name), ...(traits.namedDatabases ? { database } : {}) };
    const at = (to: Address): CredentialsView['readWrite'] => ({ host: to.host, port: to.port, url: connectionUrl(traits, to, login) });
    return { engine, ...login, readWrite: at(doors.readWrite), readOnly: at(doors.readOnly), ...(doors.seeds === undefined ? {} : { seeds: doors.seeds }) };
  }

  private async password(clusterId: string, name: string): Promise<string> {
    try {
      return await this.secrets.get(secretReference(clusterId, 'application'));
    } catch (error) {
      if (error instanceof SecretNotFound) throw new Problem(409, 'cluster-not-running', `Cluster ${name} has no application user yet.`);
      throw error;
    }
  }
}

interface Doors {
  readonly readWrite: Address;
  readonly readOnly: Address;
  readonly seeds?: string[];
}

/** Where clients knock: at the endpoint, or at any node of a sharded cluster. */
const doorsOf = (cluster: ExistingCluster): Doors | undefined => {
  const { endpoint, mode } = cluster;
  if (mode === 'sharded') {
    const seeds = seedsOf(cluster);
    return seeds[0] === undefined ? undefined : { readWrite: seeds[0], readOnly: seeds[0], seeds: seeds.map(({ host, port }) => `${host}:${port}`) };
  }
  if (endpoint === undefined) return undefined;
  const { address: host, readWritePort, readOnlyPort } = endpoint;
  return { readWrite: { host, port: readWritePort }, readOnly: { host, port: readOnlyPort } };
};
