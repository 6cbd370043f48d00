import { connect } from 'node:net';
import { join } from 'node:path';
import { locateTemporal, pythonDirectory } from '@holdfast/infra/toolchain';
import { ProcessPart } from './process-part.js';
import type { StackPlaces } from './stack-places.js';

/** What the workflows set, to be searched for in Temporal's web UI. */
export const SEARCH_ATTRIBUTES = ['HoldfastCluster=Keyword', 'HoldfastOperation=Keyword', 'HoldfastStep=Keyword', 'HoldfastStuck=Bool'] as const;

const READY_MS = 60_000;
const STOP_MS = 15_000;

/** Temporal's development server: one process, its state in an SQLite file of the home. */
export const temporalPart = (places: StackPlaces): ProcessPart => {
  const folder = join(places.home, 'temporal');
  const program = locateTemporal(places.tools, places.env) ?? join(pythonDirectory(places.tools), 'bin', 'temporal');
  const { temporal, temporalUi, api } = places.ports;
  return new ProcessPart({
    name: 'temporal',
    home: places.home,
    cwd: folder,
    env: places.env,
    argv: [
      program,
      'server',
      'start-dev',
      ...['--db-filename', join(folder, 'temporal.db'), '--ip', '127.0.0.1', '--port', String(temporal), '--ui-port', String(temporalUi)],
      ...['--namespace', places.namespace, '--log-level', 'warn', '--ui-codec-endpoint', `http://127.0.0.1:${api}/v1/codec`],
      '--ui-disable-news-fetch',
      // One flush to disk a commit instead of three: 40 ms an activity instead of 50 to 100.
      ...['--sqlite-pragma', 'journal_mode=wal'],
      // The server looks at its queue of tasks at most 20 times a second unless told otherwise: 52 ms an activity instead of 10.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
      ...SEARCH_ATTRIBUTES.flatMap((attribute) => ['--search-attribute', attribute]),
    ],
    ports: [
      { port: temporal, variable: 'HOLDFAST_TEMPORAL_PORT' },
      { port: temporalUi, variable: 'HOLDFAST_TEMPORAL_UI_PORT' },
    ],
    address: `127.0.0.1:${temporal}`,
    // The web UI is the last that the server starts.
    isReady: async () => (await accepts(temporal)) && (await accepts(temporalUi)),
    readyTimeoutMs: READY_MS,
    stopTimeoutMs: STOP_MS,
  });
};

const CONNECT_MS = 1_000;

/** Whether something accepts connections on that port of 127.0.0.1. */
export const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: CONNECT_MS });
    const answer = (value: boolean) => () => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
