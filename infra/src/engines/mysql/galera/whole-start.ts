import type { EngineCredentials, EngineNode, GroupStart } from '@holdfast/domain';
import { WrongNodeState } from '../../../engine-support/node-errors.js';
import { beginWith, endBeginning, isInGroup, joinGroup, lookAtAll } from './joining.js';
import type { MemberServer } from './member-server.js';
import { renderPosition, savedState, type SavedState } from './saved-state.js';

interface Found {
  readonly node: EngineNode;
  readonly state: SavedState | undefined;
}

/**
 * Every server is stopped before the positions are compared, also one that runs without a majority or does not answer: so none can
 * write on, and none is missed. A member whose machine does not answer ends it before anything is changed.
 */
export const startGroup = async (server: MemberServer, members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<GroupStart> => {
  await Promise.all(members.map((node) => server.programs.isRunning(node)));
  const running = (await lookAtAll(members, credentials)).find(({ health }) => isInGroup(health));
  const start = running?.health.reachable ? { startedFrom: running.node.name, position: running.health.position } : await startAnew(server, members, credentials, signal);
  const first = members.filter(({ name }) => name === start.startedFrom);
  for (const node of first) await endBeginning({ server, node, members, credentials });
  for (const node of members) await joinGroup({ server, node, members, credentials }, signal);
  return start;
};

const startAnew = async (server: MemberServer, members: readonly EngineNode[], credentials: EngineCredentials, signal: AbortSignal): Promise<GroupStart> => {
  await Promise.all(members.map((node) => server.programs.stopInAnyCase(node)));
  const found = await Promise.all(members.map(async (node): Promise<Found> => ({ node, state: await savedState(server.programs, node) })));
  const { node, state } = mostAdvanced(found);
  signal.throwIfAborted();
  await beginWith({ server, node, members, credentials });
  return { startedFrom: node.name, position: renderPosition(state) };
};

/** The first of those that have the most. Throws WrongNodeState where there is none, or where they are not of one history. */
export const mostAdvanced = (found: readonly Found[]): { readonly node: EngineNode; readonly state: SavedState } => {
  const having = found.flatMap(({ node, state }) => (state === undefined ? [] : [{ node, state }]));
  const [first, ...others] = having;
  if (first === undefined) throw new WrongNodeState(found.map(({ node }) => node.name).join(', '), 'none of them has data to start the group from.');
  const stranger = others.find(({ state }) => state.history !== first.state.history);
  if (stranger !== undefined) {
    throw new WrongNodeState(stranger.node.name, `its data are of another history than those of ${first.node.name}: ${renderPosition(stranger.state)} and ${renderPosition(first.state)}. Nothing was started.`);
  }
  return having.reduce((most, one) => (one.state.number > most.state.number ? one : most));
};
