import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CommandFailed, MachineUnreachable, type Machine, type ServiceSpec, type ServiceStatus } from '@holdfast/domain';
import { killHolders } from './command-markers.js';
import { exclusively } from '../debian/exclusively.js';
import { LABELS_FILE, type MachinePlace } from './machine-place.js';
import { isAlive, killGroup, signalProcess, waitUntilGone, type ProcessIdentity } from './process-table.js';
import { ServiceFiles } from './service-files.js';
import { newestLines } from './service-log.js';
import { endSupervisor, isSupervised, startSupervisor } from './supervisor.js';

type StopOptions = Parameters<Machine['stopService']>[1];

/** A stop may take long; who comes meanwhile waits for it, and fails to be tried again when it takes longer than this. */
const LOCK_WAIT_MS = 180_000;
/** Good order, where the caller has not said how long that may take; as systemd does. */
const STOP_TIMEOUT_MS = 90_000;
const KILL_TIMEOUT_MS = 10_000;
const FAILURE_LOG_LINES = 20;

/** The supervised programs of one machine. Changes of one machine's services happen one after the other, whoever asks. */
export class LocalServices {
  constructor(private readonly place: MachinePlace) {}

  ensure(spec: ServiceSpec): Promise<void> {
    return this.exclusively(async () => {
      if (!existsSync(join(this.place.directory, LABELS_FILE))) throw new MachineUnreachable(`Machine ${this.place.machineId} does not exist.`);
      const files = this.files(spec.name);
      const plain = JSON.parse(JSON.stringify(spec)) as ServiceSpec;
      const known = files.definition();
      const isSame = isDeepStrictEqual(known?.spec, plain);
      if (isSame && known?.enabled && isSupervised(files)) return;
      if (known && !isSame) await this.end(files, known.spec, { timeoutMs: STOP_TIMEOUT_MS, killAfterTimeout: true });
      files.make();
      await files.saveDefinition({ spec: plain, enabled: true });
      await this.superviseAnew(files, plain);
    });
  }

  stop(name: string, options: StopOptions): Promise<void> {
    return this.exclusively(async () => {
      const files = this.files(name);
      const known = files.definition();
      if (!known) return;
      await this.end(files, known.spec, options, () => files.saveDefinition({ ...known, enabled: false }));
    });
  }

  reload(name: string): Promise<void> {
    return this.exclusively(async () => {
      const files = this.files(name);
      const spec = files.definition()?.spec;
      const child = files.child();
      const told = spec?.reloadSignal !== undefined && child !== undefined && signalProcess(child, spec.reloadSignal);
      if (!told) throw new CommandFailed(this.place.machineId, ['reload', name], 1, spec?.reloadSignal ? 'It does not run.' : 'It has no reload signal.');
    });
  }

  remove(name: string): Promise<void> {
    return this.exclusively(async () => {
      const files = this.files(name);
      const known = files.definition();
      if (known) await this.end(files, known.spec, { timeoutMs: STOP_TIMEOUT_MS, killAfterTimeout: true });
      await killHolders((path) => path.startsWith(`${files.directory}/`) && path.endsWith('.lock'));
      await rm(files.directory, { recursive: true, force: true, maxRetries: 3 });
    });
  }

  status(name: string): ServiceStatus {
    const files = this.files(name);
    if (!files.definition()) return { state: 'absent' };
    const child = files.child();
    return child && isAlive(child) ? { state: 'running', pid: child.pid } : { state: 'stopped' };
  }

  log(name: string, lines: number): string[] {
    return newestLines(this.files(name).directory, lines);
  }

  /**
   * Stops everything without forgetting what was to run: each in good order, and by force after `timeoutMs`.
   *
   * @param afterwards done before anybody may start a service again
   */
  endAll(timeoutMs: number, afterwards: () => Promise<void>): Promise<void> {
    return this.exclusively(async () => {
      const all = ServiceFiles.namesOn(this.place).map((name) => this.files(name));
      await Promise.all(all.map((files) => this.endKnown(files, timeoutMs)));
      await afterwards();
    });
  }

  /** Starts what is to run and does not, as after a reboot. */
  startEnabled(): Promise<void> {
    return this.exclusively(async () => {
      for (const files of ServiceFiles.namesOn(this.place).map((name) => this.files(name))) {
        const known = files.definition();
        if (known?.enabled && !isSupervised(files)) await this.superviseAnew(files, known.spec);
      }
    });
  }

  private async endKnown(files: ServiceFiles, timeoutMs: number): Promise<void> {
    const known = files.definition();
    if (known) await this.end(files, known.spec, { timeoutMs, killAfterTimeout: true });
  }

  /** With what runs adopted, and what waits to be started again started at once. */
  private async superviseAnew(files: ServiceFiles, spec: ServiceSpec): Promise<void> {
    files.removeToken();
    await endSupervisor(files);
    await startSupervisor(this.place, files, spec);
  }

  /** @param meanwhile done while the program ends: it need not wait for it */
  private async end(files: ServiceFiles, spec: ServiceSpec, options: StopOptions, meanwhile?: () => Promise<void>): Promise<void> {
    const enabledBefore = files.definition()?.enabled ?? false;
    files.removeToken();
    const known = files.child();
    const child = known && signalProcess(known, options.signal ?? spec.stopSignal) ? known : undefined;
    const [isGone] = await Promise.all([child ? waitUntilGone([child], options.timeoutMs) : true, meanwhile?.()]);
    if (!isGone && !options.killAfterTimeout) {
      await files.saveDefinition({ spec, enabled: enabledBefore });
      await this.superviseAnew(files, spec);
      throw new CommandFailed(this.place.machineId, ['stop', spec.name], 'timeout', this.log(spec.name, FAILURE_LOG_LINES).join('\n'));
    }
    await endSupervisor(files);
    if (child) await this.endRest(files, child, isGone);
  }

  /** What the program started and left behind. */
  private async endRest(files: ServiceFiles, child: ProcessIdentity, isGone: boolean): Promise<void> {
    killGroup(child.pid);
    if (isGone) return;
    if (!(await waitUntilGone([child], KILL_TIMEOUT_MS))) throw new Error(`Process ${child.pid} does not end, although it was killed.`);
    await killHolders((path) => path === files.path('run.lock'));
  }

  private files(name: string): ServiceFiles {
    return new ServiceFiles(this.place, name);
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    return exclusively(`services of ${this.place.directory}`, LOCK_WAIT_MS, work);
  }
}
