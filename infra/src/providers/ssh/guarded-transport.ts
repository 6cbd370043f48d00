import { TransportFailed, type Transport, type TransportCommand } from '../debian/transport.js';
import { GUARD, GUARD_REFUSED, GUARD_WORDS, markerText, type HostMarker } from './host-marker.js';
import type { SshTransport } from './ssh-transport.js';

/** Programs on a host as long as it serves this machine: one that was destroyed or set aside is reached no more, whoever did it. */
export class GuardedTransport implements Transport {
  readonly checksEach = true;
  private readonly expected: string;

  constructor(
    private readonly transport: SshTransport,
    marker: HostMarker,
  ) {
    this.expected = markerText(marker).trimEnd();
  }

  async exec(command: TransportCommand): Promise<number> {
    let isRefused = false;
    const exitCode = await this.transport.exec({
      ...command,
      argv: ['sh', '-c', GUARD, 'sh', this.expected, ...command.argv],
      onOutput: (stream, piece) => {
        if (stream === 'stderr' && Buffer.from(piece).toString('latin1').startsWith(GUARD_WORDS)) isRefused = true;
        return command.onOutput(stream, piece);
      },
    });
    if (exitCode === GUARD_REFUSED && isRefused) throw new TransportFailed('the host serves this machine no more');
    return exitCode;
  }
}
