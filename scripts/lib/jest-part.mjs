// Reads what jest wrote about a part, and says it in few lines.
import { existsSync, readFileSync } from 'node:fs';

const FAILURES_SHOWN = 20;
const LINES_SHOWN = 30;

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
