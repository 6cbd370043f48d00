/** The only source of time outside workflows. */
export interface Clock {
  now(): Date;
}
