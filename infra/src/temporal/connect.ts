import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';

/** Where Temporal is, and how payloads are read: see `createDataConverter`. */
export interface TemporalPlace {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** Longer than any answer of a healthy server; callers try again themselves. */
export const CALL_TIMEOUT_MS = 5_000;

/** A client that connects with its first call, so that a process starts while Temporal is away. End it with `client.connection.close()`. */
export const connectTemporal = ({ address, namespace, dataConverter }: TemporalPlace): Client =>
  new Client({ connection: Connection.lazy({ address, connectTimeout: CONNECT_TIMEOUT_MS }), namespace, dataConverter });

/** Runs calls to Temporal that fail or answer within `CALL_TIMEOUT_MS`; left alone, the client tries an unreachable server for minutes. */
export const withinCallTimeout = <R>(client: Client, calls: () => Promise<R>): Promise<R> => client.withDeadline(Date.now() + CALL_TIMEOUT_MS, calls);
