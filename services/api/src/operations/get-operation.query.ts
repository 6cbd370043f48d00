import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { OperationView } from '../views/operation.view.js';
import { OperationReader } from './operation-reader.js';
import { viewOperation } from './view-operation.js';

/** One operation: its plan, and how far it has come. */
export class GetOperationQuery extends Query<OperationView> {
  constructor(readonly operationId: string) {
    super();
  }
}

@QueryHandler(GetOperationQuery)
export class GetOperationHandler implements IQueryHandler<GetOperationQuery> {
  constructor(@Inject(OperationReader) private readonly reader: OperationReader) {}

  async execute({ operationId }: GetOperationQuery): Promise<OperationView> {
    return viewOperation(await this.reader.read(operationId));
  }
}
