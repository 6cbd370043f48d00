import type { EventStore } from '@holdfast/domain';
import type { ReadModels } from '../read-models.port.js';
import type { TemporalDoor } from '../temporal/temporal-door.js';

/** A part that answers later than this is as good as away. */
const PROBE_MS = 2_000;

export interface PartHealth {
  readonly name: 'event-store' | 'read-models' | 'temporal';
  readonly ok: boolean;
  /** A sentence: what is wrong, or what follows from it. */
  readonly detail: string;
}

/** Asks each part that the API depends on. */
export class HealthProbe {
  constructor(
    private readonly store: EventStore,
    private readonly readModels: ReadModels,
    private readonly temporal: TemporalDoor,
  ) {}

  async parts(): Promise<PartHealth[]> {
    return Promise.all([
      part('event-store', 'It answers.', async () => void (await this.store.head())),
      part('read-models', 'They have seen every fact.', () => this.checkLag()),
      part('temporal', 'It answers.', () => this.temporal.check()),
    ]);
  }

  private async checkLag(): Promise<void> {
    const head = await this.store.head();
    const seen = await this.readModels.position();
    if (seen < head) throw new Error(`Lists are behind: seen ${seen === '' ? 'nothing' : seen}, newest ${head}.`);
  }
}

const part = async (name: PartHealth['name'], fine: string, probe: () => Promise<void>): Promise<PartHealth> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${PROBE_MS} ms.`)), PROBE_MS);
  });
  try {
    await Promise.race([probe(), late]);
    return { name, ok: true, detail: fine };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
};
