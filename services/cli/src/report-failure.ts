import { ConfigurationError } from '@holdfast/infra/configuration';
import { DockerUnavailable, NotADownload, NotPackageSources } from '@holdfast/infra/providers/docker';
import { ToolInstallFailed } from '@holdfast/infra/toolchain';
import type { Streams } from './context.js';
import { EXIT } from './exit-codes.js';
import { escapeLine, escapeLines, toSafeJson } from './output/escape.js';
import { CliFailure, type Problem } from './problem.js';
import { PartNotReady, PortInUse } from './stack/part.js';

/** What was thrown, as a failure with a code for programs. */
export const toFailure = (thrown: unknown): CliFailure => {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof ConfigurationError) return failure(EXIT.refused, 'malformed-configuration', 'The configuration is malformed', thrown);
  if (thrown instanceof PortInUse) return failure(EXIT.failed, 'port-in-use', 'A port is in use', thrown);
  if (thrown instanceof PartNotReady) return failure(EXIT.failed, 'part-not-ready', 'A part did not start', thrown);
  if (thrown instanceof ToolInstallFailed) return failure(EXIT.failed, 'tool-missing', 'A program could not be installed', thrown);
  if (thrown instanceof NotPackageSources) return failure(EXIT.refused, 'not-package-sources', 'A file is no file of package sources', thrown);
  if (thrown instanceof NotADownload) return failure(EXIT.refused, 'not-a-download', 'No such version of an engine', thrown);
  if (thrown instanceof DockerUnavailable) return failure(EXIT.failed, 'docker-unavailable', 'Docker does not answer', thrown);
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return failure(EXIT.failed, 'unexpected', 'Something unexpected went wrong', error);
};

const failure = (exitCode: 1 | 2, code: string, title: string, error: Error): CliFailure => new CliFailure(exitCode, { title, code, detail: error.message });

/** For a person on standard error; with `json` as a problem document on standard output. */
export const reportFailure = (failure: CliFailure, streams: Streams, json: boolean): void => {
  if (json) {
    streams.out.write(`${toSafeJson(withNext(failure))}\n`);
    return;
  }
  const { problem } = failure;
  const errors = problem.errors ?? [];
  // Of several faults the detail is all of their sentences; they follow one by one.
  streams.err.write(`holdfast: ${escapeLines((errors.length > 1 ? undefined : problem.detail) ?? problem.title)}\n`);
  if (errors.length > 1) {
    for (const fault of errors) streams.err.write(`  ${fault.field === undefined ? '' : `${escapeLine(fault.field)}: `}${escapeLine(fault.detail)}\n`);
  }
  if (problem.code !== 'unexpected' && problem.code !== 'malformed-command') streams.err.write(`  code: ${escapeLine(problem.code)}\n`);
  if (failure.next !== undefined) streams.err.write(`  ${escapeLine(failure.next)}\n`);
};

const withNext = ({ problem, next }: CliFailure): Problem => (next === undefined ? problem : { ...problem, next });
