import { existsSync } from 'node:fs';
import { HoldfastApi } from '../client/holdfast-api.js';
import type { CliContext } from '../context.js';
import type { PartStatus } from '../stack/part.js';
import { findOrphanMachines } from '../stack/machines.js';
import { describeHolder, findPortHolder } from '../stack/port-holder.js';
import type { Stack } from '../stack/stack.js';
import type { StackPlaces } from '../stack/stack-places.js';
import { bad, good, note, type Finding } from './finding.js';

/** What runs, who holds the ports of what does not, whether the token is accepted, and machines that no fact knows. */
export const checkParts = async (context: CliContext, stack: Stack): Promise<readonly Finding[]> => {
  const { places } = stack;
  const parts = await stack.status();
  return [...parts.map(checkPart), ...checkPorts(places, parts), await checkToken(context, places, parts), ...(await checkOrphans(places, parts))];
};

const checkPart = ({ name, state, pid, address }: PartStatus): Finding => {
  switch (state) {
    case 'running':
      return good(name, `runs as pid ${pid}${address === undefined ? '' : ` at ${address}`}`);
    case 'elsewhere':
      return good(name, `${address ?? ''}, set by the environment`);
    case 'not-answering':
      return bad(name, `pid ${pid} runs, but is not ready`, `See: ./holdfast logs ${name}`);
    case 'stopped':
      return bad(name, 'does not run', 'Run: ./holdfast up');
  }
};

/** Only ports whose part does not run: else they are its own. */
const checkPorts = ({ ports }: StackPlaces, parts: readonly PartStatus[]): readonly Finding[] => {
  const wanted = [
    { part: 'api', port: ports.api, variable: 'HOLDFAST_API_PORT' },
    { part: 'temporal', port: ports.temporal, variable: 'HOLDFAST_TEMPORAL_PORT' },
    { part: 'temporal', port: ports.temporalUi, variable: 'HOLDFAST_TEMPORAL_UI_PORT' },
    { part: 'event-store', port: ports.eventStore, variable: 'HOLDFAST_EVENT_STORE_PORT' },
  ];
  return wanted.flatMap(({ part, port, variable }) => {
    const holder = parts.find(({ name }) => name === part)?.state === 'stopped' ? findPortHolder(port) : undefined;
    if (holder === undefined) return [];
    return [bad(`port ${port}`, `in use by ${describeHolder(holder)}, and ${part} needs it`, `End that program, or set ${variable}.`)];
  });
};

/** Whether the API takes it; asked only where the API runs. */
const checkToken = async (context: CliContext, { configuration: { tokenFile } }: StackPlaces, parts: readonly PartStatus[]): Promise<Finding> => {
  if (!existsSync(tokenFile)) return note('token', `${tokenFile} does not exist`, 'Run: ./holdfast up, or set HOLDFAST_TOKEN_FILE.');
  if (parts.find(({ name }) => name === 'api')?.state !== 'running') return good('token', `${tokenFile} (not tried: the API does not run)`);
  try {
    const api = new HoldfastApi(context);
    await api.answer(api.http.GET('/v1/clusters', { params: { query: { limit: '1' } } }));
    return good('token', `the API takes the one in ${tokenFile}`);
  } catch (problem) {
    return bad('token', problem instanceof Error ? problem.message : String(problem), 'Run: ./holdfast up, which makes a new one where it is needed.');
  }
};

const checkOrphans = async (places: StackPlaces, parts: readonly PartStatus[]): Promise<readonly Finding[]> => {
  if (!parts.some(({ name, state }) => name === 'event-store' && (state === 'running' || state === 'elsewhere'))) {
    return [note('machines', 'not looked at: the event store does not answer', 'Run: ./holdfast up')];
  }
  try {
    const { known, orphans } = await findOrphanMachines(places);
    if (orphans.length === 0) return [good('machines', `${known} of clusters, none that no fact knows`)];
    return orphans.map(({ machineId, name, state }) =>
      note(`machine ${name}`, `${machineId}: no fact knows it (${state})`, 'The reaper stops it, and removes it after its grace time.'),
    );
  } catch (problem) {
    // Such as an event store that was started and never got its tables, since `up` found another port taken.
    return [bad('machines', `not looked at: ${problem instanceof Error ? problem.message : String(problem)}`, 'Run: ./holdfast up')];
  }
};
