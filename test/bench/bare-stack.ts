import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration, type Configuration } from '@holdfast/infra/configuration';
import { Stack } from '../../services/cli/src/stack/stack.js';
import { isolatedEnvironment } from '../../services/cli/src/stack/stack-places.js';
import type { PartName } from '../../services/cli/src/stack/part.js';
import { freePorts } from '../support/free-ports.js';
import { REPOSITORY_ROOT } from '../support/repository-root.js';

/** Some parts of an installation, as `up` starts them, in a folder and on ports of their own; the others stay away. */
export class BareStack {
  private constructor(
    readonly stack: Stack,
    private readonly parts: readonly PartName[],
  ) {}

  static async prepare(parts: readonly PartName[]): Promise<BareStack> {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
    chmodSync(home, 0o755);
    for (const folder of ['run', 'log', 'keys', 'temporal']) mkdirSync(join(home, folder), { mode: folder === 'keys' ? 0o700 : 0o755 });
    const [api = 0, temporal = 0, temporalUi = 0, eventStore = 0] = await freePorts(4);
    return new BareStack(new Stack(isolatedEnvironment(home, { api, temporal, temporalUi, eventStore }), REPOSITORY_ROOT), parts);
  }

  /** Read anew each time: the event store has its password once it has started. */
  get configuration(): Configuration {
    return readConfiguration(this.stack.places.env, REPOSITORY_ROOT);
  }

  async start(): Promise<void> {
    for (const part of this.parts) await this.stack.startPart(part);
  }

  /** Stops what runs of them, and removes the folder. */
  async remove(): Promise<void> {
    for (const part of this.parts.toReversed()) await this.stack.stopPart(part);
    rmSync(this.configuration.home, { recursive: true, force: true });
  }
}
