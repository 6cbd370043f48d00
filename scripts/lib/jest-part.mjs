// Reads what jest wrote about a part, and says it in few lines.
import { existsSync, readFileSync } from 'node:fs';

const FAILURES_SHOWN = 20;
const LINES_SHOWN = 30;
const LINES_SHOWN_AT_ONCE = 12;

/**
 * Counts of a part. A suite that could not be run counts as one failed test, and so does a run that ended badly although
 * every test passed (a crash, an open handle, the time limit): nothing that went wrong is lost.
 */
export const countJest = (jsonFile, { exitCode, timedOut, limitMs, output }) => {
  const results = existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, 'utf8')) : undefined;
  const counts = {
    passed: results?.numPassedTests ?? 0,
    failed: (results?.numFailedTests ?? 0) + (results?.numRuntimeErrorTestSuites ?? 0),
    skipped: (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0),
  };
  const notes = results === undefined ? [] : failuresOf(results);
  if (timedOut) {
    counts.failed += 1;
    notes.push(`It took longer than ${Math.round(limitMs / 60_000)} minutes and was ended.`);
  } else if (results === undefined || counts.passed + counts.failed === 0) {
    counts.failed += 1;
    notes.push(`No test was run; jest ended with ${exitCode}.\n${lastLines(output)}`);
  } else if (exitCode !== 0 && counts.failed === 0) {
    counts.failed += 1;
    notes.push(`Every test passed, but jest ended with ${exitCode}.\n${lastLines(output)}`);
  }
  return { ...counts, notes };
};

/**
 * Which lines of jest are worth showing while it runs: how each suite ended, and of each failed test its title and first lines, so
 * that the reason is known as soon as possible, and also where the end of the run is never seen.
 */
export const linesWorthShowing = () => {
  let left = 0;
  let ended = false;
  return (line) => {
    ended ||= line.startsWith('Summary of all failing tests');
    const isSuite = /^(?:PASS|FAIL) /.test(line);
    if (isSuite) left = 0;
    else if (/^ {2}● (?!Console$)/.test(line)) left = LINES_SHOWN_AT_ONCE;
    else if (line.trim() === '') return false;
    return !ended && (isSuite || left-- > 0);
  };
};

const failuresOf = (results) => {
  const failures = results.testResults.flatMap((suite) => {
    const failed = suite.assertionResults.filter((test) => test.status === 'failed');
    if (failed.length > 0) return failed.map((test) => `${test.fullName}\n${shorten(test.failureMessages.join('\n'))}`);
    return suite.status === 'failed' ? [`${suite.name}\n${shorten(suite.message)}`] : [];
  });
  const hidden = failures.length - FAILURES_SHOWN;
  return hidden > 0 ? [...failures.slice(0, FAILURES_SHOWN), `… and ${hidden} more.`] : failures;
};

const lastLines = (output) => shorten(output.trimEnd().split('\n').slice(-LINES_SHOWN).join('\n'));

const shorten = (text) =>
  text
    .split('\n')
    .filter((line) => !/^\s+at .*node_modules/.test(line))
    .slice(0, LINES_SHOWN)
    .map((line) => `    ${line}`)
    .join('\n');
