import { CommandFailed, type Command, type CommandResult, type Machine, type MachineMetrics, type ServiceSpec, type ServiceStatus } from '@holdfast/domain';
import { capture, outputTail } from './capture.js';
import { DATA_DIRECTORY } from './debian-place.js';
import { DebianFiles } from './debian-files.js';
import { DebianServices } from './debian-services.js';
import { DebianSoftware } from './debian-software.js';
import { exchangeOnMachine } from './exchange.js';
import { MachineRunner } from './machine-runner.js';
import { readDebianMetrics } from './metrics.js';
import type { PackageOffers } from './package-offers.js';
import type { Transport } from './transport.js';

/**
 * Any Debian or Ubuntu machine with systemd, reached over a transport: a container, a cloud server, a server over SSH. Commands
 * and services run as an unprivileged account that owns the data directory.
 */
export class DebianMachine implements Machine {
  readonly dataDirectory = DATA_DIRECTORY;
  private readonly runner: MachineRunner;
  private readonly files: DebianFiles;
  private readonly services: DebianServices;
  private readonly software: DebianSoftware;

  constructor(
    readonly id: string,
    readonly address: string,
    transport: Transport,
    offers?: PackageOffers,
  ) {
    this.runner = new MachineRunner(id, transport);
    this.files = new DebianFiles(this.runner);
    this.services = new DebianServices(this.runner);
    this.software = new DebianSoftware(this.runner, offers);
  }

  /** Account, folders and scripts. Done by itself at first use; may be repeated. Throws MachineUnreachable. */
  prepare(): Promise<void> {
    return this.runner.prepare();
  }

  exec(command: Command): Promise<CommandResult> {
    const { argv, stdin, env, cwd, timeoutMs, signal, onOutput } = command;
    return capture(
      this.runner,
      {
        argv: [...argv],
        as: 'account',
        timeoutMs,
        cwd: this.files.absolute(cwd ?? '.'),
        ...(stdin === undefined ? {} : { input: stdin }),
        ...(env === undefined ? {} : { env }),
        ...(signal === undefined ? {} : { signal }),
      },
      onOutput,
    );
  }

  async run(command: Command): Promise<CommandResult> {
    const result = await this.exec(command);
    if (result.exitCode !== 0) throw new CommandFailed(this.id, command.argv, result.exitCode, outputTail(result));
    return result;
  }

  writeFile(path: string, content: string | Uint8Array, options?: { mode?: number }): Promise<void> {
    return this.files.write(path, content, options?.mode);
  }

  upload(path: string, source: AsyncIterable<Uint8Array>, options?: { mode?: number; signal?: AbortSignal }): Promise<void> {
    return this.files.upload(path, source, options?.mode, options?.signal);
  }

  download(path: string): AsyncIterable<Uint8Array> {
    return this.files.download(path);
  }

  readFile(path: string): Promise<string> {
    return this.files.read(path);
  }

  fileExists(path: string): Promise<boolean> {
    return this.files.exists(path);
  }

  removePath(path: string): Promise<void> {
    return this.files.remove(path);
  }

  async ensureSoftware(software: string, version: string): Promise<{ binDirectory: string }> {
    return { binDirectory: await this.software.ensure(software, version) };
  }

  ensureService(spec: ServiceSpec): Promise<void> {
    return this.services.ensure(spec);
  }

  stopService(name: string, options: Parameters<Machine['stopService']>[1]): Promise<void> {
    return this.services.stop(name, options);
  }

  reloadService(name: string): Promise<void> {
    return this.services.reload(name);
  }

  removeService(name: string): Promise<void> {
    return this.services.remove(name);
  }

  serviceStatus(name: string): Promise<ServiceStatus> {
    return this.services.status(name);
  }

  serviceLog(name: string, lines: number): Promise<string[]> {
    return this.services.log(name, lines);
  }

  exchange(socketPath: string, text: string, timeoutMs: number): Promise<string> {
    return exchangeOnMachine(this.runner, this.files.absolute(socketPath), text, timeoutMs);
  }

  metrics(): Promise<MachineMetrics> {
    return readDebianMetrics(this.runner);
  }
}
