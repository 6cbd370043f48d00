import type { EngineNode } from '@holdfast/domain';
import { WrongNodeState } from '../../../engine-support/node-errors.js';
import { LAYOUT, pathOn } from '../layout.js';
import type { Server } from '../server.js';
import { GROUP_LAYOUT } from './layout.js';

/** A server that looks how far its data came goes through its log as after a crash. */
const RECOVERY_TIMEOUT_MS = 30 * 60_000;
const NO_HISTORY = '00000000-0000-0000-0000-000000000000';

/** How far a stopped member came: the group's history that it belongs to, and the number of its last transaction. */
export interface SavedState {
  readonly history: string;
  readonly number: number;
}

/** `uuid:seqno`, as the servers tell it. */
export const renderPosition = ({ history, number }: SavedState): string => `${history}:${number}`;

/** The lines of Galera's note. A number of -1: the server was not stopped in good order, or runs. */
export const parseState = (text: string): SavedState | undefined => {
  const history = /^uuid: *([0-9a-f-]+)$/m.exec(text)?.[1];
  const number = /^seqno: *(-?\d+)$/m.exec(text)?.[1];
  return history === undefined || number === undefined ? undefined : { history, number: Number(number) };
};

/** The position in what `--wsrep-recover` prints, such as `[Note] WSREP: Recovered position: 4a0b…:27,0-1-2`. */
export const parseRecovered = (output: string): SavedState | undefined => {
  const found = [...output.matchAll(/Recovered position:? *([0-9a-f-]{36}):(-?\d+)/g)].at(-1);
  return found === undefined ? undefined : { history: found[1] ?? '', number: Number(found[2]) };
};

/** Of a stopped member; undefined of one that has no data, or not all of it. Throws WrongNodeState where the server cannot tell. */
export const savedState = async (server: Server, node: EngineNode): Promise<SavedState | undefined> => {
  const { machine } = node;
  const noted = (await machine.fileExists(GROUP_LAYOUT.state)) ? parseState(await machine.readFile(GROUP_LAYOUT.state)) : undefined;
  if (noted === undefined || noted.history === NO_HISTORY) return undefined;
  if (noted.number >= 0) return noted;
  const argv = [await server.program(node, 'mariadbd'), `--defaults-file=${pathOn(node, LAYOUT.config)}`, '--wsrep-recover'] as const;
  const { stdout, stderr } = await machine.run({ argv: [...argv], timeoutMs: RECOVERY_TIMEOUT_MS });
  const recovered = parseRecovered(`${stdout}\n${stderr}`);
  if (recovered === undefined) throw new WrongNodeState(node.name, `it does not tell how far its data came: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  return recovered.history === NO_HISTORY ? undefined : recovered;
};

/** Galera refuses to begin a group with a member that was not the last to leave, unless its note says that somebody has compared them all. */
export const allowToBegin = async ({ machine }: EngineNode): Promise<void> => {
  if (!(await machine.fileExists(GROUP_LAYOUT.state))) return;
  const note = await machine.readFile(GROUP_LAYOUT.state);
  await machine.writeFile(GROUP_LAYOUT.state, note.replace(/^safe_to_bootstrap: *0$/m, 'safe_to_bootstrap: 1'), { mode: 0o600 });
};
