import type { Copying } from './dialect.js';
import { LAYOUT } from './layout.js';
import { roleOf } from './role.js';
import type { Server } from './server.js';

interface Clone extends Copying {
  readonly server: Server;
}

/**
 * A full copy while the upstream serves, in the dialect's way. A mark lies on the node meanwhile; what carries it does not start,
 * and is thrown away by the next call.
 */
export const cloneFrom = async (clone: Clone): Promise<void> => {
  const { server, node, signal } = clone;
  const { machine } = node;
  if (!(await machine.fileExists(LAYOUT.unfinished)) && (await roleOf(node)) !== undefined) return;
  signal.throwIfAborted();
  await machine.writeFile(LAYOUT.unfinished, '');
  await server.stopInAnyCase(node);
  await machine.removePath(LAYOUT.data);
  const seed = await server.dialect.copy(clone);
  signal.throwIfAborted();
  await server.saveRole(node, { role: 'replica', requiredAcks: (await roleOf(node))?.requiredAcks ?? 0, seed });
  await machine.removePath(LAYOUT.unfinished);
};
