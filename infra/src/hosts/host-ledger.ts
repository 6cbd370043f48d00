import {
  foldHost,
  HOST_STREAM_PREFIX,
  HostRefused,
  hostStream,
  POSITION_START,
  VersionConflict,
  type Decision,
  type EventStore,
  type FactMetadata,
  type Host,
  type HostEvent,
  type HostRefusalCode,
  type Position,
} from '@holdfast/domain';
import { v4 } from 'uuid';

const PAGE = 500;
const ATTEMPTS_MAX = 10;

/** A host, the version of its stream, and where in the global order its last fact stands. */
export interface HostHistory {
  readonly host: Host;
  readonly version: number;
  readonly position: Position;
}

/** Hosts' streams: read whole, since they are short, and changed by decisions of the domain. */
export class HostLedger {
  private seen: Position = POSITION_START;
  private readonly everRegistered = new Set<string>();

  constructor(private readonly store: EventStore) {}

  async load(hostId: string): Promise<HostHistory> {
    const facts = await this.store.readStream(hostStream(hostId));
    const last = facts.at(-1);
    return { host: foldHost(facts.map(({ type, data }) => ({ type, data }) as HostEvent)), version: last?.version ?? -1, position: last?.position ?? POSITION_START };
  }

  /** Ids of all hosts that were ever registered, sorted. */
  async ids(): Promise<readonly string[]> {
    for (;;) {
      const { facts, next } = await this.store.readAll({ after: this.seen, limit: PAGE, types: ['HostRegistered'], streamPrefix: HOST_STREAM_PREFIX });
      for (const { stream } of facts) this.everRegistered.add(stream.slice(HOST_STREAM_PREFIX.length));
      this.seen = next;
      if (facts.length < PAGE) return [...this.everRegistered].sort();
    }
  }

  /** Decides on the newest state, and again when somebody else was faster. Throws HostRefused. */
  async change(hostId: string, decide: (host: Host) => Decision<HostEvent, HostRefusalCode>, meta: FactMetadata): Promise<HostHistory> {
    for (let attempt = 1; ; attempt += 1) {
      const { host, version } = await this.load(hostId);
      const decision = decide(host);
      if (!decision.accepted) throw new HostRefused(decision.refusal);
      if (decision.events.length > 0 && !(await this.append(hostId, version, decision.events, meta, attempt))) continue;
      return this.load(hostId);
    }
  }

  private async append(hostId: string, version: number, events: readonly HostEvent[], meta: FactMetadata, attempt: number): Promise<boolean> {
    try {
      const facts = events.map((event) => ({ id: v4(), type: event.type, schemaVersion: 1, data: event.data, meta }));
      await this.store.append(hostStream(hostId), version < 0 ? 'no-stream' : version, facts);
      return true;
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt >= ATTEMPTS_MAX) throw error;
      return false;
    }
  }
}
