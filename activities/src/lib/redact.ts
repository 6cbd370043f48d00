/** What is shown of an output: the end, where the reason stands. */
const TAIL_CHARACTERS_MAX = 4_000;
const HIDDEN = '***';

/** Where passwords stand in texts of servers and clients: connection URLs, key=value pairs, SQL, and stored verifiers. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, `$1:${HIDDEN}@`],
  [/(password|passwd|pwd|secret|token)(\s*[=:]\s*|\s+(?=['"]))('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|[^\s,;'"]+)/gi, `$1$2${HIDDEN}`],
  [/SCRAM-SHA-256\$\S+/g, HIDDEN],
];

/** Control characters, escape sequences included: the text ends in terminals and pages. Line ends and tabs stay. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * A text of a server or a command as it may stand in facts, histories and logs. Secrets are kept out of outputs to begin with
 * (they go by standard input and files); this is the second net, and it may hide too much.
 */
export const presentable = (text: string): string => {
  const clean = text.replace(CONTROL, '');
  return SECRETS.reduce((shown, [pattern, replacement]) => shown.replace(pattern, replacement), clean).slice(-TAIL_CHARACTERS_MAX);
};
