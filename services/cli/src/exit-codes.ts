/** What the command line ends with. */
export const EXIT = {
  ok: 0,
  /** The operation failed or was undone, or something of this machine did not work. */
  failed: 1,
  /** Refused or malformed. */
  refused: 2,
  /** The operation is stuck and waits for a person. */
  stuck: 3,
  /** The API cannot be reached, or cannot serve now. */
  unreachable: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
