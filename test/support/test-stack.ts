import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfiguration, type Configuration } from '@holdfast/infra/configuration';
import { PostgresEventStore } from '@holdfast/infra/event-store-postgres';
import { loadOrCreateKeyFile, PostgresSecrets } from '@holdfast/infra/secrets';
import { ensureAdminToken } from '../../services/cli/src/stack/admin-token.js';
import { destroyMachines } from '../../services/cli/src/stack/machines.js';
import type { PartName } from '../../services/cli/src/stack/part.js';
import { Stack } from '../../services/cli/src/stack/stack.js';
import { isolatedEnvironment } from '../../services/cli/src/stack/stack-places.js';
import { eventually, TestApi } from './api-client.js';
import { freePorts } from './free-ports.js';

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CLI_TIMEOUT_MS = 180_000;

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole installation of its own: every part a real process, in a folder and on ports of its own. Needs a build. */
export class TestStack {
  private constructor(
    private readonly stack: Stack,
    readonly configuration: Configuration,
    readonly api: TestApi,
    readonly store: PostgresEventStore,
    readonly secrets: PostgresSecrets,
  ) {}

  /** `extra` goes into the environment of every part. */
  static async start(extra: Readonly<Record<string, string>> = {}): Promise<TestStack> {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-stack-'));
    chmodSync(home, 0o755);
    const [api = 0, temporal = 0, temporalUi = 0, eventStore = 0] = await freePorts(4);
    const stack = new Stack({ ...isolatedEnvironment(home, { api, temporal, temporalUi, eventStore }), ...extra }, REPOSITORY);
    try {
      await stack.start();
      await ensureAdminToken(stack.places);
    } catch (error) {
      await stack.stop();
      rmSync(home, { recursive: true, force: true });
      throw error;
    }
    // Read again: the event store has its password only now.
    const configuration = readConfiguration(stack.places.env, REPOSITORY);
    const token = readFileSync(configuration.tokenFile, 'utf8').trim();
    const store = PostgresEventStore.connect(configuration.eventStoreUrl, { maxConnections: 4 });
    const secrets = new PostgresSecrets(store.pool, loadOrCreateKeyFile(configuration.keys.secrets));
    return new TestStack(stack, configuration, new TestApi(configuration.api.url, token), store, secrets);
  }

  get env(): NodeJS.ProcessEnv {
    return this.stack.places.env;
  }

  /** kill -9. */
  kill(part: PartName): Promise<void> {
    return this.stack.killPart(part);
  }

  async startPart(part: PartName): Promise<void> {
    await this.stack.startPart(part);
  }

  async stopPart(part: PartName): Promise<void> {
    await this.stack.stopPart(part);
  }

  /** The word for how the operation ended; throws when it has not ended in time. */
  ended(operationId: string, limitMs: number): Promise<string> {
    return eventually(`${operationId} ends`, limitMs, async () => {
      const { body } = await this.api.get(`/operations/${operationId}`);
      const state = String(body['state']);
      if (state === 'stuck') throw new Error(`stuck: ${JSON.stringify(body['stuck'])}`);
      return body['endedAt'] === undefined ? undefined : state;
    });
  }

  /** Deploys and waits; throws unless it succeeded. */
  async deploy(name: string, settings: Record<string, unknown> = {}): Promise<void> {
    const body = { name, engine: 'postgresql', version: '18', mode: 'primary-replica', nodes: 3, provider: 'local', ...settings };
    await this.succeeded(await this.api.accepted('POST', '/clusters', body));
  }

  async succeeded(operationId: string, limitMs = 230_000): Promise<void> {
    const state = await this.ended(operationId, limitMs);
    if (state !== 'succeeded') throw new Error(`${operationId} ended ${state}: ${JSON.stringify((await this.api.get(`/operations/${operationId}`)).body['problem'])}`);
  }

  /** The real command line, as a program, with its output not going to a terminal. */
  cli(...argv: string[]): Promise<CliResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(REPOSITORY, 'services', 'cli', 'dist', 'main.js'), ...argv], {
        env: this.env,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: CLI_TIMEOUT_MS,
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
      child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
    });
  }

  /** Removes machines, parts and files, whatever state they are in. */
  async stop(): Promise<void> {
    await this.store.close();
    await this.stack.stop();
    await destroyMachines(this.stack.places);
    rmSync(this.configuration.home, { recursive: true, force: true });
  }
}
