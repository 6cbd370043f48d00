import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { EventStore } from '@holdfast/domain';
import { ApiTokens } from '@holdfast/infra/access';
import { EVENT_STORE, READ_MODELS, SECRETS, TEMPORAL_DOOR, type ApiDependencies } from './api-dependencies.js';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { Offers } from './catalogue/offers.js';
import { ChangeSettingsHandler } from './clusters/change-settings.command.js';
import { ClusterLocator } from './clusters/cluster-locator.js';
import { ClustersController } from './clusters/clusters.controller.js';
import { GetClusterHandler } from './clusters/get-cluster.query.js';
import { GetNodeHandler } from './clusters/get-node.query.js';
import { ListClustersHandler } from './clusters/list-clusters.query.js';
import { NodesController } from './clusters/nodes.controller.js';
import { RevealCredentialsHandler } from './clusters/reveal-credentials.command.js';
import { EventFeed } from './events/event-feed.js';
import { EventsController } from './events/events.controller.js';
import { ClusterDirectory } from './facts/cluster-directory.js';
import { FactsController } from './facts/facts.controller.js';
import { ListAuditHandler } from './facts/list-audit.query.js';
import { ReadStreamHandler } from './facts/read-stream.query.js';
import { AddNodeHandler } from './operations/add-node.command.js';
import { AnswerOperationHandler } from './operations/answer-operation.command.js';
import { DeleteClusterHandler } from './operations/delete-cluster.command.js';
import { DeployClusterHandler } from './operations/deploy-cluster.command.js';
import { GetOperationHandler } from './operations/get-operation.query.js';
import { ListOperationsHandler } from './operations/list-operations.query.js';
import { OperationAcceptance } from './operations/operation-acceptance.js';
import { OperationPlanner } from './operations/operation-planner.js';
import { OperationReader } from './operations/operation-reader.js';
import { OperationStarter } from './operations/operation-starter.js';
import { OperationsController } from './operations/operations.controller.js';
import { PlanOperationHandler } from './operations/plan-operation.query.js';
import { PlansController } from './operations/plans.controller.js';
import { PromoteNodeHandler } from './operations/promote-node.command.js';
import { RemoveNodeHandler } from './operations/remove-node.command.js';
import { CheckHostHandler } from './hosts/check-host.command.js';
import { HOST_DOOR } from './hosts/host-door.js';
import { HostsController } from './hosts/hosts.controller.js';
import { ListHostsHandler } from './hosts/list-hosts.query.js';
import { RegisterHostHandler } from './hosts/register-host.command.js';
import { RemoveHostHandler } from './hosts/remove-host.command.js';
import type { ReadModels } from './read-models.port.js';
import { HealthProbe } from './system/health-probe.js';
import { Metrics } from './system/metrics.js';
import { SystemController } from './system/system.controller.js';
import { CodecController } from './temporal/codec.controller.js';
import type { TemporalDoor } from './temporal/temporal-door.js';
import { TokensController } from './tokens/tokens.controller.js';

const CONTROLLERS = [
  HostsController,
  CatalogueController,
  ClustersController,
  NodesController,
  PlansController,
  OperationsController,
  FactsController,
  EventsController,
  CodecController,
  TokensController,
  SystemController,
];

const HANDLERS = [
  ...[RegisterHostHandler, CheckHostHandler, RemoveHostHandler, ListHostsHandler],
  ...[DeployClusterHandler, AddNodeHandler, PromoteNodeHandler, RemoveNodeHandler, DeleteClusterHandler],
  ...[ChangeSettingsHandler, RevealCredentialsHandler, AnswerOperationHandler],
  ...[GetClusterHandler, ListClustersHandler, GetNodeHandler, PlanOperationHandler, GetOperationHandler, ListOperationsHandler, ListAuditHandler, ReadStreamHandler],
];

@Module({})
export class ApiModule {
  /** @param more controllers beside the API's own; tests show with them that an unlisted route is refused */
  static with(dependencies: ApiDependencies, more: readonly Type[] = []): DynamicModule {
    return {
      module: ApiModule,
      imports: [CqrsModule.forRoot()],
      controllers: [...CONTROLLERS, ...more],
      providers: [...outside(dependencies), ...SERVICES, ...HANDLERS],
    };
  }
}

const outside = (given: ApiDependencies): Provider[] => [
  { provide: EVENT_STORE, useValue: given.store },
  { provide: READ_MODELS, useValue: given.readModels },
  { provide: SECRETS, useValue: given.secrets },
  { provide: TEMPORAL_DOOR, useValue: given.temporal },
  { provide: HOST_DOOR, useValue: given.hosts },
  { provide: ApiTokens, useValue: given.tokens },
  { provide: Offers, useValue: new Offers(given.versionSources, given.supplies) },
  { provide: OperationStarter, useValue: new OperationStarter(given.startWorkflow) },
];

const SERVICES: Provider[] = [
  OperationReader,
  Metrics,
  { provide: ClusterLocator, inject: [EVENT_STORE], useFactory: (store: EventStore) => new ClusterLocator(store) },
  { provide: ClusterDirectory, inject: [EVENT_STORE, READ_MODELS], useFactory: (store: EventStore, readModels: ReadModels) => new ClusterDirectory(store, readModels) },
  { provide: OperationPlanner, inject: [Offers], useFactory: (offers: Offers) => new OperationPlanner(offers) },
  {
    provide: OperationAcceptance,
    inject: [EVENT_STORE, ClusterLocator, OperationPlanner, OperationStarter, ClusterDirectory],
    useFactory: (store: EventStore, locator: ClusterLocator, planner: OperationPlanner, starter: OperationStarter, directory: ClusterDirectory) =>
      new OperationAcceptance(store, locator, planner, starter, directory),
  },
  { provide: EventFeed, inject: [EVENT_STORE], useFactory: (store: EventStore) => new EventFeed(store) },
  {
    provide: HealthProbe,
    inject: [EVENT_STORE, READ_MODELS, TEMPORAL_DOOR],
    useFactory: (store: EventStore, readModels: ReadModels, temporal: TemporalDoor) => new HealthProbe(store, readModels, temporal),
  },
];
