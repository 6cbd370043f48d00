import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DEFAULT_PLAN, defaultVersionOf, findEngine, findProvider, MEMBERS_MIN, SHARDS_MIN, type DeployClusterInput } from '@holdfast/domain';
import { z } from 'zod';
import type { RequestContext } from '../http/request-context.js';
import type { AcceptedOperation } from './accepted-operation.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { identify } from './operation-identity.js';
import { agreementOf, commandFields } from './operation-order.js';

/** Bounds what is repeated in a refusal; the rules' own limits are far below. */
const TEXT_MAX = 1000;
const text = z.string().max(TEXT_MAX);

export const deployClusterInput = z
  .strictObject({
    name: text.meta({ description: '3 to 63 lower-case letters, digits and hyphens.', example: 'orders' }),
    engine: text.meta({ example: 'postgresql' }),
    version: text.optional().meta({ description: 'Major version; the engine’s default when absent.', example: '18' }),
    mode: z.enum(['single', 'primary-replica', 'multi-primary', 'sharded']).optional().meta({ description: 'By the number of nodes when absent.' }),
    nodes: z.number().optional().meta({ description: '1 to 16; when absent as few as the mode allows.', example: 3 }),
    shards: z.number().optional().meta({ description: 'Mode `sharded`: 3 or more; by the number of nodes when absent.' }),
    replicasPerShard: z.number().optional().meta({ description: 'Mode `sharded`: replicas of each shard; 1 when absent.' }),
    replication: z.enum(['async', 'sync']).optional().meta({ description: '`async` when absent.' }),
    provider: text.optional().meta({ description: '`local` when absent.' }),
    region: text.optional().meta({ description: 'The provider’s first when absent.' }),
    plan: text.optional().meta({ description: `Machine size; ${DEFAULT_PLAN} when absent.` }),
    supportLevel: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
  })
  .meta({ id: 'DeployClusterInput' });

export const deployClusterBody = deployClusterInput.extend(commandFields).meta({ id: 'DeployClusterBody' });

type Shape = Pick<DeployClusterInput, 'mode' | 'nodes' | 'shards' | 'replicasPerShard'>;

/** Who names shards wants them; their number and that of the nodes follow from each other. What does not fit is refused by the rules. */
const completeShape = ({ mode, nodes, shards, replicasPerShard }: z.infer<typeof deployClusterInput>): Shape => {
  if (mode === 'sharded' || (mode === undefined && shards !== undefined)) {
    const replicas = replicasPerShard ?? 1;
    const count = shards ?? (nodes === undefined ? SHARDS_MIN : Math.floor(nodes / (1 + replicas)));
    return { mode: 'sharded', nodes: nodes ?? count * (1 + replicas), shards: count, replicasPerShard: replicas };
  }
  const asked = { ...(shards === undefined ? {} : { shards }), ...(replicasPerShard === undefined ? {} : { replicasPerShard }) };
  return { mode: mode ?? ((nodes ?? 1) === 1 ? 'single' : 'primary-replica'), nodes: nodes ?? (mode === 'multi-primary' ? MEMBERS_MIN : 1), ...asked };
};

/** The domain's input, with what was left out filled in. Unknown names stay as they are: the rules refuse them. */
export const completeDeployment = (input: z.infer<typeof deployClusterInput>): DeployClusterInput => {
  const shape = completeShape(input);
  const provider = input.provider ?? 'local';
  const engine = findEngine(input.engine);
  return {
    name: input.name,
    engine: input.engine,
    version: input.version ?? (engine === undefined ? '' : defaultVersionOf(engine)),
    ...shape,
    replication: input.replication ?? 'async',
    provider,
    region: input.region ?? findProvider(provider)?.regions[0] ?? '',
    plan: input.plan ?? DEFAULT_PLAN,
    supportLevel: input.supportLevel ?? 1,
  };
};

/** A new cluster. */
export class DeployClusterCommand extends Command<AcceptedOperation> {
  constructor(
    readonly context: RequestContext,
    readonly body: z.infer<typeof deployClusterBody>,
  ) {
    super();
  }
}

@CommandHandler(DeployClusterCommand)
export class DeployClusterHandler implements ICommandHandler<DeployClusterCommand> {
  constructor(@Inject(OperationAcceptance) private readonly acceptance: OperationAcceptance) {}

  execute({ context, body }: DeployClusterCommand): Promise<AcceptedOperation> {
    const input = completeDeployment(body);
    return this.acceptance.accept({
      identity: identify('deploy-cluster', context, body),
      context,
      target: { newName: input.name },
      request: () => ({ kind: 'deploy-cluster', input }),
      ...agreementOf(body),
    });
  }
}
