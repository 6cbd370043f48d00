/**
 * Control characters (C0, DEL, C1) and those that turn the direction of text. What nodes print and what people name things must
 * not move the cursor, set a title or hide a word.
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex -- likewise
const UNSAFE_BUT_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const codeOf = (character: string): string => {
  const code = character.charCodeAt(0);
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** Text for one line or one cell. */
export const escapeLine = (text: string): string => text.replaceAll(UNSAFE, codeOf);

/** Text of several lines; line ends and tabs stay. */
export const escapeLines = (text: string): string => text.replaceAll(UNSAFE_BUT_LINES, codeOf);

/** JSON for a terminal: the same document, with those characters written as JSON's own escapes. */
export const toSafeJson = (value: unknown): string =>
  escapeJson(JSON.stringify(value, undefined, 2));

/** One line of JSON. */
export const toSafeJsonLine = (value: unknown): string => escapeJson(JSON.stringify(value));

const escapeJson = (text: string): string =>
  text.replaceAll(UNSAFE_BUT_LINES, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
