/** Milliseconds since 1970. Inside a workflow Temporal answers this from the history, so a replay sees the same time. */
// eslint-disable-next-line no-restricted-properties -- the sandbox makes it deterministic
export const now = (): number => Date.now();

/** As people and facts write it: RFC 3339 UTC. */
export const timestamp = (ms: number): string => new Date(ms).toISOString();

/** `45 s`, `15 min`, `12 h`: the largest unit that leaves a whole number. */
export const spokenDuration = (ms: number): string => {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${ms / 1000} s`;
};
