/** One connection to a server that keeps rows with ids. Every call rejects when the connection is broken or nothing is answered in time. */
export interface RowConnection {
  /** Makes the place of the rows when it is not there; answers an id above all that were used. */
  prepare(): Promise<number>;
  /** Resolves when the server has acknowledged the row. */
  write(id: number): Promise<void>;
  /** Ids of the rows from this one on, as texts. */
  idsFrom(first: number): Promise<readonly string[]>;
  /** Nobody waits for it. */
  close(): void;
}
