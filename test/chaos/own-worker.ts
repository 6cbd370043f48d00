import { createActivities } from '@holdfast/activities';
import { Dispatching, installRuntime, runTemporalWorker, wire } from '@holdfast/worker';
import { pino } from 'pino';
import { readWorkflowBundle } from '../../services/worker/src/workflow-bundle.js';
import type { TestStack } from '../support/test-stack.js';
import type { Faults } from './faults.js';

/** The worker of an installation, composed by a test and run in its process: all is real, and `faults` stands between activities and ports. */
export class OwnWorker {
  private constructor(
    private readonly stopping: AbortController,
    private readonly running: Promise<unknown>,
    private readonly close: () => Promise<void>,
  ) {}

  /** Takes the place of the installation's worker. Once for each process. */
  static async start(stack: TestStack, faults: Faults): Promise<OwnWorker> {
    await stack.stopPart('worker');
    const logger = pino({ level: 'silent' });
    installRuntime(logger);
    const { ports, store, client, dataConverter, providers } = wire(stack.configuration);
    const activities = faults.aroundActivities(createActivities({ ...ports, drivers: faults.around(ports.drivers) }));
    const stopping = new AbortController();
    const dispatching = new Dispatching({ store, client, providers, logger });
    const running = Promise.all([
      runTemporalWorker({ address: stack.configuration.temporal.address, client, activities, bundle: readWorkflowBundle(), dataConverter, logger }, stopping.signal),
      dispatching.run(stopping.signal),
    ]);
    return new OwnWorker(stopping, running, async () => {
      await client.connection.close();
      await store.close();
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.close();
  }
}
