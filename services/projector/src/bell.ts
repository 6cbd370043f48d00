/** Rings that are heard once: any number of them before `next` count as one, and none gets lost. The signal rings for ever. */
export class Bell {
  private rung = false;
  private hear: (() => void) | undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.rung = true;
    this.hear?.();
  }

  /** Waits for a ring since the last call, or for so long. */
  async next(limitMs?: number): Promise<void> {
    if (!this.rung && !this.signal.aborted) await this.wait(limitMs);
    this.rung = false;
  }

  private wait(limitMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => this.hear?.(), limitMs);
      this.hear = () => {
        clearTimeout(timer);
        this.hear = undefined;
        resolve();
      };
    });
  }
}
