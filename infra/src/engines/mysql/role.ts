import type { EngineNode } from '@holdfast/domain';
import { readIfThere } from '../../engine-support/read-if-there.js';
import { LAYOUT } from './layout.js';

/** host and port of a server. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export type RejoinWay = 'as-is' | 'clone';

/** What a node is to be, also after its restart. */
export interface Role {
  /** `fenced`: a primary that refuses writes until it is told otherwise. */
  readonly role: 'primary' | 'replica' | 'fenced';
  /** Replicas that must have a commit before it is acknowledged, where this node is the primary. */
  readonly requiredAcks: number;
  /** On a replica that has not begun to follow yet: the position that its copy is of. */
  readonly seed?: string;
  /** How it last became a replica, and of whom. */
  readonly rejoined?: { readonly upstream: Address; readonly way: RejoinWay };
}

/** Undefined on a node that has none yet. */
export const roleOf = async ({ machine }: EngineNode): Promise<Role | undefined> => {
  const text = await readIfThere(machine, LAYOUT.role);
  return text === undefined ? undefined : (JSON.parse(text) as Role);
};

export const addressOf = (node: EngineNode): Address => ({ host: node.machine.address, port: node.port });
