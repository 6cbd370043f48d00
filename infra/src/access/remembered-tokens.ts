import type { AuthenticatedToken } from './api-tokens.js';

/** A revoked token is refused after at most this. */
export const TOKEN_MEMORY_MS = 1000;
/** Bounds the memory that strangers with random tokens can fill. */
const REMEMBERED_MAX = 1000;

interface Remembered {
  readonly until: number;
  readonly answer: Promise<AuthenticatedToken | undefined>;
}

/**
 * Remembers the answer about a token for a second, and lets callers that come at once share one question, so that checking costs
 * a busy client nothing. A failed question is not remembered.
 */
export class RememberedTokens {
  private readonly known = new Map<string, Remembered>();

  /** @param now milliseconds; given by tests */
  constructor(
    private readonly tokens: { authenticate(token: string): Promise<AuthenticatedToken | undefined> },
    private readonly now: () => number = () => performance.now(),
  ) {}

  authenticate(token: string): Promise<AuthenticatedToken | undefined> {
    const known = this.known.get(token);
    if (known !== undefined && known.until > this.now()) return known.answer;
    this.known.delete(token);
    const answer = this.tokens.authenticate(token);
    const remembered = { until: this.now() + TOKEN_MEMORY_MS, answer };
    this.known.set(token, remembered);
    // The caller gets the rejection itself; here it is only forgotten.
    answer.catch(() => {
      if (this.known.get(token) === remembered) this.known.delete(token);
    });
    this.forgetOldest();
    return answer;
  }

  private forgetOldest(): void {
    while (this.known.size > REMEMBERED_MAX) {
      const [oldest] = this.known.keys();
      if (oldest === undefined) return;
      this.known.delete(oldest);
    }
  }
}
