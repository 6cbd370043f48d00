const NUL = '\u0000';
const HALF_PAIR = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** U+FFFD, which Unicode has for what could not be told. */
const REPLACEMENT = '\ufffd';
/** How JSON writes them; that a fact speaks of such an escape only costs the second look. */
const MAYBE = /\\u(0000|d[89a-f])/;

/**
 * JSON that a jsonb takes. It holds neither U+0000 nor half of a surrogate pair, as in the output of a machine that was cut somewhere;
 * they become U+FFFD, since a fact that can never be stored would be worse.
 */
export const toJsonb = (value: object): string => {
  const json = JSON.stringify(value);
  return MAYBE.test(json) ? JSON.stringify(value, replace) : json;
};

const replace = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll(NUL, REPLACEMENT).replace(HALF_PAIR, REPLACEMENT) : value;
