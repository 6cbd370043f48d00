/** One thing the doctor looked at. `note`: it works, or is not needed now, but is worth knowing. */
export interface Finding {
  readonly what: string;
  readonly verdict: 'good' | 'note' | 'bad';
  readonly found: string;
  /** What to do; absent when there is nothing to do. */
  readonly advice?: string;
}

export const good = (what: string, found: string): Finding => ({ what, verdict: 'good', found });
export const note = (what: string, found: string, advice: string): Finding => ({ what, verdict: 'note', found, advice });
export const bad = (what: string, found: string, advice: string): Finding => ({ what, verdict: 'bad', found, advice });
