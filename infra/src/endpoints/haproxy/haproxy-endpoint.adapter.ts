import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Backend, EndpointDriver, Machine, Routing } from '@holdfast/domain';
import { readIfThere } from '../../engine-support/read-if-there.js';
import { CONFIG_FILE, READ_ONLY, READ_WRITE, readState, renderConfig, SOCKET_FILE, WAIT_SCRIPT_FILE } from './render-config.js';
import { planSlots, rulesOf, sameServer, type Ports, type RoutingState } from './routing-state.js';
import { commandsFor, differences, parseServers, SHOW_SERVERS, type ServerState } from './runtime-api.js';
import { WAIT_SCRIPT } from './wait-script.js';

const SOFTWARE = 'haproxy';
const SERVICE = 'haproxy';
const START_TIMEOUT_MS = 10_000;
const START_LOOK_MS = 10;
const ANSWER_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 10_000;
const LOG_LINES = 20;
const ANSWER_SHOWN_MAX = 500;
/** No socket, none behind it, or one that ended while it was asked. */
const NOBODY_ANSWERS = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/** HAProxy does not run, or does not do what it was told. */
export class EndpointNotServing extends Error {
  override readonly name = 'EndpointNotServing';
}

/**
 * HAProxy on a machine: one server slot follows the primary, the others are the replicas. A change is told to the running program
 * first, since clients wait for it, then written down for its next start, then looked at again: a start between the two would
 * have followed the old file. Needs HAProxy 2.4 or later with Lua, as Debian, Ubuntu, RHEL and the official image have it.
 */
export class HaproxyEndpoint implements EndpointDriver {
  async install(machine: Machine): Promise<void> {
    await machine.ensureSoftware(SOFTWARE, 'any');
  }

  async open(machine: Machine, ports: Ports, routing: Routing): Promise<void> {
    const before = await this.stateOn(machine);
    const state = planSlots(ports, routing, before);
    await machine.writeFile(WAIT_SCRIPT_FILE, WAIT_SCRIPT);
    await this.save(machine, state);
    // What its rules say is read at its start alone.
    if (before && !hasSameRules(before, state)) await machine.stopService(SERVICE, { timeoutMs: STOP_TIMEOUT_MS, killAfterTimeout: true });
    await this.settle(machine, state, await this.start(machine));
  }

  async route(machine: Machine, routing: Routing): Promise<void> {
    const before = await this.stateOn(machine);
    if (!before) throw new EndpointNotServing(`The endpoint on ${machine.id} was not opened.`);
    const wanted = askedAs(before, routing);
    const state = planSlots(before.ports, wanted, before);
    if (!hasSameRules(before, state)) return this.open(machine, before.ports, wanted);
    await this.settle(machine, state, (await this.runningServers(machine)) ?? (await this.start(machine)));
    await this.save(machine, state);
    await this.settle(machine, state, (await this.runningServers(machine)) ?? (await this.start(machine)));
  }

  async close(machine: Machine): Promise<void> {
    await machine.stopService(SERVICE, { timeoutMs: STOP_TIMEOUT_MS, killAfterTimeout: true });
    await machine.removeService(SERVICE);
    for (const file of [CONFIG_FILE, WAIT_SCRIPT_FILE, SOCKET_FILE]) await machine.removePath(file);
  }

  async inspect(machine: Machine): Promise<{ running: boolean; routing: Routing }> {
    const servers = await this.runningServers(machine);
    if (!servers) return { running: false, routing: { readOnly: [] } };
    const state = await this.stateOn(machine);
    const ledTo = (backend: string): Backend[] =>
      servers.filter((server) => server.backend === backend && server.enabled).map(({ host, port }) => ({ name: nameOf({ host, port }, state), host, port }));
    const [readWrite] = ledTo(READ_WRITE);
    return { running: true, routing: { ...(readWrite ? { readWrite } : {}), readOnly: ledTo(READ_ONLY), ...(state ? rulesOf(state) : {}) } };
  }

  private async start(machine: Machine): Promise<ServerState[]> {
    const { binDirectory } = await machine.ensureSoftware(SOFTWARE, 'any');
    await machine.ensureService({ name: SERVICE, argv: [`${binDirectory}/haproxy`, '-db', '-f', CONFIG_FILE], stopSignal: 'SIGTERM' });
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const servers = await this.runningServers(machine);
      if (servers) return servers;
      if (performance.now() > deadline) throw new EndpointNotServing(`HAProxy on ${machine.id} did not start. ${(await machine.serviceLog(SERVICE, LOG_LINES)).join('\n')}`);
      await delay(START_LOOK_MS);
    }
  }

  /** Tells the running program what it does not do yet, and checks that it does. */
  private async settle(machine: Machine, state: RoutingState, running: readonly ServerState[]): Promise<void> {
    const commands = commandsFor(state, running);
    if (commands.length === 0) return;
    const answer = await this.ask(machine, commands);
    const wrong = differences(state, parseServers(await this.ask(machine, [SHOW_SERVERS])));
    if (wrong.length > 0) throw new EndpointNotServing(`HAProxy on ${machine.id} does not lead ${wrong.join(', ')} where it should: ${answer.trim().slice(0, ANSWER_SHOWN_MAX)}`);
  }

  /** Undefined while nobody answers. */
  private async runningServers(machine: Machine): Promise<ServerState[] | undefined> {
    try {
      return parseServers(await this.ask(machine, [SHOW_SERVERS]));
    } catch (problem) {
      if (NOBODY_ANSWERS.includes((problem as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw problem;
    }
  }

  private ask(machine: Machine, commands: readonly string[]): Promise<string> {
    return machine.exchange(SOCKET_FILE, `${commands.join(';')}\n`, ANSWER_TIMEOUT_MS);
  }

  private async stateOn(machine: Machine): Promise<RoutingState | undefined> {
    const text = await readIfThere(machine, CONFIG_FILE);
    return text === undefined ? undefined : readState(text);
  }

  private async save(machine: Machine, state: RoutingState): Promise<void> {
    await machine.writeFile(CONFIG_FILE, renderConfig(machine.address, state), { mode: 0o600 });
  }
}

const hasSameRules = (one: RoutingState, other: RoutingState): boolean =>
  isDeepStrictEqual([one.ports, rulesOf(one)], [other.ports, rulesOf(other)]);

/** Servers are asked as they were when it was opened: those of before may not know the account, and a start anew would end all connections. */
const askedAs = ({ check }: RoutingState, { check: _, ...routing }: Routing): Routing => ({ ...routing, ...(check === undefined ? {} : { check }) });

/** Only while a change is half told does HAProxy lead where its file knows nobody. */
const nameOf = (server: Pick<Backend, 'host' | 'port'>, state: RoutingState | undefined): string =>
  [state?.readWrite, ...(state?.replicas ?? [])].find((backend) => backend && sameServer(backend, server))?.name ?? 'unknown';
