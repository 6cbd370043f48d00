import { existsSync } from 'node:fs';
import { CommandFailed, MachineUnreachable, type Command, type CommandResult, type Machine, type MachineMetrics, type ServiceSpec, type ServiceStatus } from '@holdfast/domain';
import { findSoftware } from '../../toolchain/software.js';
import { endOrphanedCommands } from './command-markers.js';
import { LocalServices } from './local-services.js';
import { MachineFiles } from './machine-files.js';
import type { MachinePlace } from './machine-place.js';
import { readMetrics } from './metrics.js';
import { outputTail, runCommand } from './run-command.js';
import { exchangeOverSocket } from './socket-exchange.js';

/** A directory, a loopback address and supervised processes of this computer, as a machine. */
export class LocalMachine implements Machine {
  readonly id: string;
  readonly dataDirectory: string;
  private readonly files: MachineFiles;
  private readonly services: LocalServices;

  constructor(
    private readonly place: MachinePlace,
    readonly address: string,
    private readonly toolsDirectory: string,
  ) {
    this.id = place.machineId;
    this.dataDirectory = place.dataDirectory;
    this.files = new MachineFiles(place);
    this.services = new LocalServices(place);
  }

  async exec(command: Command): Promise<CommandResult> {
    await this.takeOver();
    return runCommand(this.place, command);
  }

  async run(command: Command): Promise<CommandResult> {
    const result = await this.exec(command);
    if (result.exitCode !== 0) throw new CommandFailed(this.id, command.argv, result.exitCode, outputTail(result));
    return result;
  }

  async writeFile(path: string, content: string | Uint8Array, options?: { mode?: number }): Promise<void> {
    await this.takeOver();
    await this.files.write(path, content, options?.mode);
  }

  async upload(path: string, source: AsyncIterable<Uint8Array>, options?: { mode?: number; signal?: AbortSignal }): Promise<void> {
    await this.takeOver();
    await this.files.write(path, source, options?.mode, options?.signal);
  }

  download(path: string): AsyncIterable<Uint8Array> {
    return this.files.stream(path);
  }

  readFile(path: string): Promise<string> {
    return this.files.read(path);
  }

  fileExists(path: string): Promise<boolean> {
    return this.files.exists(path);
  }

  async removePath(path: string): Promise<void> {
    await this.takeOver();
    await this.files.remove(path);
  }

  async ensureSoftware(software: string, version: string): Promise<{ binDirectory: string }> {
    return { binDirectory: (await findSoftware(software, version, this.toolsDirectory)).binDirectory };
  }

  async ensureService(spec: ServiceSpec): Promise<void> {
    await this.takeOver();
    await this.services.ensure(spec);
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

  async serviceStatus(name: string): Promise<ServiceStatus> {
    return this.services.status(name);
  }

  async serviceLog(name: string, lines: number): Promise<string[]> {
    return this.services.log(name, lines);
  }

  exchange(socketPath: string, text: string, timeoutMs: number): Promise<string> {
    return exchangeOverSocket(this.files.absolute(socketPath), text, timeoutMs);
  }

  metrics(): Promise<MachineMetrics> {
    return readMetrics(this.dataDirectory);
  }

  /** Before anything is changed here: what a worker that was killed still does is ended. */
  private async takeOver(): Promise<void> {
    if (!existsSync(this.dataDirectory)) throw new MachineUnreachable(`Machine ${this.id} does not exist.`);
    await endOrphanedCommands(this.place);
  }
}
