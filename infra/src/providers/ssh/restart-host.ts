import { setTimeout as delay } from 'node:timers/promises';
import { MachineUnreachable } from '@holdfast/domain';
import { askHost } from './host-session.js';
import { inspectHost } from './inspect-host.js';
import type { SshTransport } from './ssh-transport.js';
import { unlessUnreachable } from './unreachable.js';

/** A server with much memory tests it for minutes before it starts. */
const RESTART_MS = 900_000;
const LOOK_EVERY_MS = 1_000;
const ASK_MS = 30_000;

/** Restarts the host's system in good order, and answers once it is up again. */
export const restartHost = async (transport: SshTransport): Promise<void> => {
  const before = (await inspectHost(transport)).bootId;
  // The connection may be cut before the answer.
  await askHost(transport, { script: 'systemctl --no-block reboot', timeoutMs: ASK_MS }).catch(unlessUnreachable);
  const deadline = performance.now() + RESTART_MS;
  for (;;) {
    const look = await inspectHost(transport).catch(unlessUnreachable);
    if (look !== undefined && look.bootId !== before && (await isUp(transport))) return;
    if (performance.now() > deadline) throw new MachineUnreachable(`The host did not come back within ${RESTART_MS / 1000} s of its restart.`);
    await transport.close();
    await delay(LOOK_EVERY_MS);
  }
};

/** Its services were started, or have failed to (`degraded`). */
const isUp = async (transport: SshTransport): Promise<boolean> => {
  const answer = await askHost(transport, { script: 'systemctl is-system-running', timeoutMs: ASK_MS }).catch(unlessUnreachable);
  return /^(running|degraded)$/m.test(answer?.stdout ?? '');
};
