import { AsyncLocalStorage } from 'node:async_hooks';
import type { AllActivities, Drivers } from '@holdfast/activities';
import type { Machine, Provider } from '@holdfast/domain';
import type { JournalActivities, StepContext } from '@holdfast/workflows/contracts';
import type { Moment } from './cells.js';

/** What one step did when nothing went wrong: how many calls of machines and providers, and how many activities. */
export interface StepCounts {
  machineCalls: number;
  activities: number;
}

/** To look a machine up does nothing to it. */
const LOOKS: ReadonlySet<string | symbol> = new Set<keyof Provider>(['get', 'list']);
/** The journal is no step's work. */
const JOURNAL: ReadonlySet<string> = new Set<keyof JournalActivities>(['appendJournal', 'endOperation', 'verifyAnswer']);

interface Running {
  readonly step: string;
  struck: boolean;
  /** False for the second run of an activity that runs twice. */
  readonly counted: boolean;
}

/** Counted from 1 to what fails. */
interface Armed {
  readonly step: string;
  /** The machine call that fails; absent where none is to. */
  readonly call?: number;
  callsSeen: number;
  /** The activity that fails at its end, unless a call has failed before: a step that waits makes fewer calls another time. */
  readonly activity: number;
  activitiesSeen: number;
}

/** The disk of a machine is full: final, whoever asks. The system's own code and words, as every program prints them. */
class DiskIsFull extends Error {
  override readonly name = 'DiskIsFull';
  readonly code = 'ENOSPC';
  constructor() {
    super('No space left on device (a test let it be full).');
  }
}

type Call = (...args: unknown[]) => unknown;

/**
 * A composition of the worker for tests: between activities and the ports that they act through. It counts what each step does, can
 * run every activity twice, and lets one call fail for good. An activity in which a call failed fails too, whatever its driver made
 * of it.
 */
export class Faults {
  private readonly running = new AsyncLocalStorage<Running>();
  private counts = new Map<string, StepCounts>();
  private armed: Armed | undefined;
  private hasStruck = false;
  twice = false;

  /** One fault, which strikes once, placed by what the step does when nothing goes wrong. */
  arm(step: string, moment: Moment, { machineCalls = 0, activities = 1 }: Partial<StepCounts> = {}): void {
    this.hasStruck = false;
    const none = { step, callsSeen: 0, activitiesSeen: 0 };
    if (moment === 'done') this.armed = { ...none, activity: activities };
    // A step that asks nothing of machines has no middle: its first activity fails.
    else if (machineCalls === 0) this.armed = { ...none, activity: 1 };
    else this.armed = { ...none, call: Math.ceil(machineCalls / 2), activity: activities };
  }

  /** Takes it back where it has not struck; answers whether it has. */
  disarm(): boolean {
    this.armed = undefined;
    return this.hasStruck;
  }

  /** What was counted since the last time, by step. */
  takeCounts(): ReadonlyMap<string, StepCounts> {
    const taken = this.counts;
    this.counts = new Map();
    return taken;
  }

  /** The same providers, whose every call, and every call of whose machines, can fail. */
  around(drivers: Drivers): Drivers {
    const providers = Object.fromEntries(Object.entries(drivers.providers).map(([name, provider]) => [name, this.provider(provider)]));
    return { ...drivers, providers };
  }

  /** The same activities, counted, run twice, or failing. */
  aroundActivities(activities: AllActivities): AllActivities {
    const entries = Object.entries(activities as unknown as Record<string, (context: StepContext, ...rest: unknown[]) => Promise<unknown>>);
    return Object.fromEntries(
      entries.map(([name, activity]) => [
        name,
        async (context: StepContext, ...rest: unknown[]) => {
          const run = (counted: boolean) => this.run({ step: context.step, struck: false, counted: counted && !JOURNAL.has(name) }, () => activity(context, ...rest));
          const first = await run(true);
          return this.twice ? run(false) : first;
        },
      ]),
    ) as unknown as AllActivities;
  }

  private async run(running: Running, activity: () => Promise<unknown>): Promise<unknown> {
    const result = await this.running.run(running, activity);
    if (running.counted) this.countsOf(running.step).activities += 1;
    if (running.struck || (running.counted && this.strikesAtEnd(running))) throw new DiskIsFull();
    return result;
  }

  private provider(provider: Provider): Provider {
    return this.observed(provider, (answer) => (isMachine(answer) ? this.observed(answer, (same) => same) : answer));
  }

  /** `this` stays the real one: an adapter's calls of itself are not seen. */
  private observed<T extends object>(target: T, answer: (value: unknown) => unknown): T {
    return new Proxy(target, {
      get: (real, name) => {
        const value: unknown = Reflect.get(real, name, real);
        if (typeof value !== 'function' || name === 'download') return typeof value === 'function' ? (value as Call).bind(real) : value;
        return async (...args: unknown[]): Promise<unknown> => {
          if (!LOOKS.has(name)) this.called();
          return answer(await (value as Call).apply(real, args));
        };
      },
    });
  }

  private called(): void {
    const running = this.running.getStore();
    if (running?.counted !== true) return;
    this.countsOf(running.step).machineCalls += 1;
    if (!this.strikesCall(running)) return;
    running.struck = true;
    throw new DiskIsFull();
  }

  private strikesCall({ step }: Running): boolean {
    const { armed } = this;
    if (armed?.step !== step) return false;
    armed.callsSeen += 1;
    return armed.callsSeen === armed.call && this.strike();
  }

  private strikesAtEnd({ step }: Running): boolean {
    const { armed } = this;
    if (armed?.step !== step) return false;
    armed.activitiesSeen += 1;
    return armed.activitiesSeen === armed.activity && this.strike();
  }

  private strike(): true {
    this.armed = undefined;
    this.hasStruck = true;
    return true;
  }

  private countsOf(step: string): StepCounts {
    const counts = this.counts.get(step) ?? { machineCalls: 0, activities: 0 };
    this.counts.set(step, counts);
    return counts;
  }
}

const isMachine = (value: unknown): value is Machine => typeof value === 'object' && value !== null && 'dataDirectory' in value;
