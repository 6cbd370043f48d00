import { CommandFailed, type Machine, type ServiceSpec, type ServiceStatus } from '@holdfast/domain';
import { capture } from './capture.js';
import type { MachineRunner } from './machine-runner.js';
import { SERVICES_PATH } from './preparation.js';
import { SERVICE_EXIT_CODES } from './services-script.js';
import { unitFile, unitName } from './unit-file.js';

type StopOptions = Parameters<Machine['stopService']>[1];

/** Beyond what a stop may take: another change of the machine's services is waited for (180 s), and systemd's own 90 s. */
const CHANGE_MS = 300_000;
/** As systemd's default: good order, where the caller has not said how long that may take. */
const ASK_MS = 30_000;
const FAILURE_LOG_LINES = 20;
/** systemd has no such signal's name in its answers but its number; the script takes names and numbers. */
const RELOAD_WITHOUT_SIGNAL = 'It has no reload signal.';

/** Services of a Debian machine: systemd units that we write. */
export class DebianServices {
  /** Reload signals of what this process has ensured; those of others are read from the unit. */
  constructor(private readonly runner: MachineRunner) {}

  async ensure(spec: ServiceSpec): Promise<void> {
    unitName(spec.name);
    await this.change('ensure', spec.name, [], `${unitFile(spec)}${reloadNote(spec)}`, CHANGE_MS);
  }

  async stop(name: string, options: StopOptions): Promise<void> {
    const signal = options.signal ?? (await this.property(name, 'KillSignal'));
    const code = await this.change('stop', name, [signal, String(options.timeoutMs), options.killAfterTimeout ? 'yes' : 'no'], undefined, options.timeoutMs + CHANGE_MS);
    if (code === SERVICE_EXIT_CODES.stillRunning) {
      throw new CommandFailed(this.runner.machineId, ['stop', name], 'timeout', (await this.log(name, FAILURE_LOG_LINES)).join('\n'));
    }
  }

  async reload(name: string): Promise<void> {
    const signal = await this.reloadSignal(name);
    if (signal === undefined) throw new CommandFailed(this.runner.machineId, ['reload', name], 1, RELOAD_WITHOUT_SIGNAL);
    const code = await this.change('reload', name, [signal], undefined, CHANGE_MS);
    if (code === SERVICE_EXIT_CODES.notRunning) throw new CommandFailed(this.runner.machineId, ['reload', name], 1, 'It does not run.');
  }

  async remove(name: string): Promise<void> {
    await this.change('remove', name, [], undefined, CHANGE_MS);
  }

  async status(name: string): Promise<ServiceStatus> {
    const { stdout } = await this.ask(['systemctl', 'show', '--property=LoadState,SubState,MainPID', unitName(name)]);
    const properties = new Map(stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const));
    if (properties.get('LoadState') === 'not-found') return { state: 'absent' };
    const pid = Number(properties.get('MainPID'));
    return pid > 0 ? { state: 'running', pid } : { state: 'stopped' };
  }

  /** What the program wrote, and why systemd could not start it. */
  async log(name: string, lines: number): Promise<string[]> {
    if (lines <= 0) return [];
    const unit = unitName(name);
    const matches = [`_SYSTEMD_UNIT=${unit}`, '_TRANSPORT=stdout', '+', `UNIT=${unit}`, 'PRIORITY=3', '+', `_SYSTEMD_UNIT=${unit}`, 'PRIORITY=3'];
    const { stdout } = await this.ask(['journalctl', '--output=cat', '--quiet', '--no-pager', '--all', `--lines=${lines}`, ...matches]);
    return stdout.split('\n').slice(0, -1).slice(-lines);
  }

  private async reloadSignal(name: string): Promise<string | undefined> {
    const { stdout } = await this.ask(['sed', '-n', 's/^# reload: //p', `/etc/systemd/system/${unitName(name)}`]);
    return stdout.trim() === '' ? undefined : stdout.trim();
  }

  private async property(name: string, property: string): Promise<string> {
    return (await this.ask(['systemctl', 'show', '--value', `--property=${property}`, unitName(name)])).stdout.trim();
  }

  private async ask(argv: [string, ...string[]]): Promise<{ stdout: string }> {
    return capture(this.runner, { argv, as: 'root', isShort: true, timeoutMs: ASK_MS });
  }

  private async change(verb: string, name: string, rest: string[], input: string | undefined, timeoutMs: number): Promise<number> {
    unitName(name);
    const argv: [string, ...string[]] = ['sh', SERVICES_PATH, verb, name, ...rest];
    const { exitCode, stderr, stdout } = await capture(this.runner, { argv, as: 'root', isShort: true, timeoutMs, ...(input === undefined ? {} : { input }) });
    if (exitCode === 0 || exitCode === SERVICE_EXIT_CODES.stillRunning || exitCode === SERVICE_EXIT_CODES.notRunning) return exitCode;
    throw new CommandFailed(this.runner.machineId, [verb, name], exitCode, `${stdout}${stderr}`.trim());
  }
}

/** Stands in the unit itself, so that any worker finds it there. */
const reloadNote = ({ reloadSignal }: ServiceSpec): string => (reloadSignal === undefined ? '' : `# reload: ${reloadSignal}\n`);
