import type { Provider } from '@holdfast/domain';
import type { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { DispatchTable } from './dispatch-table.js';
import { Dispatcher } from './dispatcher.js';
import { Leadership } from './leadership.js';
import { MachineReaper } from './machine-reaper.js';
import { OperationStarter } from './operation-starter.js';
import { Reconciler } from './reconciler.js';

export interface DispatchingParts {
  readonly store: PostgresEventStore;
  readonly client: Client;
  readonly providers: readonly Provider[];
  readonly logger: Logger;
}

/** Starts what was accepted, looks after what was started, and for machines that were left over, in one of all worker processes at a time. */
export class Dispatching {
  private readonly table: DispatchTable;

  constructor(private readonly parts: DispatchingParts) {
    this.table = new DispatchTable(parts.store.pool);
  }

  /** Makes the tables where there are none. */
  async migrate(): Promise<void> {
    await this.table.migrate();
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, client, providers, logger } = this.parts;
    const starter = new OperationStarter(client);
    const dispatcher = new Dispatcher(store, this.table, starter, logger);
    const reconciler = new Reconciler(store, this.table, client, starter, logger);
    const reaper = new MachineReaper(store, providers, { now: () => new Date() }, logger);
    await new Leadership(store.pool, logger).whileLeading(signal, async (leading) => {
      await Promise.all([dispatcher.run(leading), reconciler.run(leading), reaper.run(leading)]);
    });
  }
}
