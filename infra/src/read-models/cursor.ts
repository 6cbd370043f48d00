/** Opaque to clients: where the next page begins. */
export const encodeCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');
export const decodeCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

/** Cuts one row too many off, which tells that there is a next page. */
export const pageOf = <Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => string): { items: Row[]; nextCursor?: string } => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextCursor: encodeCursor(keyOf(last)) } : { items };
};
