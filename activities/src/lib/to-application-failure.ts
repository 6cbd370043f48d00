import {
  CommandFailed,
  DuplicateFact,
  EventStoreUnavailable,
  MachineGone,
  MachineUnreachable,
  PortTaken,
  SecretNotFound,
  SoftwareNotAvailable,
  VersionConflict,
} from '@holdfast/domain';
import type { FailureDetail } from '@holdfast/workflows/contracts';
import { ApplicationFailure } from '@temporalio/common';
import { presentable } from './redact.js';
import { ConditionNotMet, Refused } from './refused.js';

interface Verdict {
  /** Stable; people look it up. */
  readonly code: string;
  /** True: trying again cannot help. Else it is tried until the step's deadline. */
  readonly final: boolean;
  readonly detail?: FailureDetail;
}

/** Errors of an engine's driver name the node and give its log's end. */
interface EngineError extends Error {
  readonly nodeName: string;
  readonly logTail: readonly string[];
}

/**
 * The only way of an error from an activity to Temporal: code, sentence, where, and the last lines that were printed.
 *
 * Final are what the domain refuses, a full disk (it does not empty itself, and more tries fill logs), a program that the
 * machine's sources do not have, and a machine that somebody has removed. All else may pass: a machine, a server or the store that is away comes back, and a port is
 * given free.
 */
export const toApplicationFailure = (error: unknown, nodeId?: string): ApplicationFailure => {
  if (error instanceof ApplicationFailure) return error;
  const { code, final, detail } = verdictOf(error);
  const located = { ...(nodeId === undefined ? {} : { node: nodeId }), ...detail };
  return ApplicationFailure.create({
    message: presentable(error instanceof Error ? error.message : String(error)),
    type: code,
    nonRetryable: final,
    details: Object.keys(located).length === 0 ? [] : [located],
    ...(error instanceof Error ? { cause: causeOf(error) } : {}),
  });
};

const verdictOf = (error: unknown): Verdict => {
  // First: the store's own full disk is no fault of a node, and waits for somebody.
  if (error instanceof EventStoreUnavailable) return { code: 'event-store-unavailable', final: false };
  if (error instanceof VersionConflict) return { code: 'cluster-in-motion', final: false };
  if (error instanceof DuplicateFact) return { code: 'duplicate-fact', final: true };
  if (error instanceof Refused) return { code: error.code, final: true };
  if (error instanceof ConditionNotMet) return { code: error.code, final: error.final, ...(error.node === undefined ? {} : { detail: { node: error.node } }) };
  if (isDiskFull(error)) return { code: 'disk-full', final: true, detail: detailOf(error) };
  if (error instanceof CommandFailed) return { code: 'command-failed', final: false, detail: detailOf(error) };
  if (error instanceof SoftwareNotAvailable) return { code: 'software-not-available', final: true };
  if (error instanceof PortTaken) return { code: 'port-taken', final: false };
  if (error instanceof MachineUnreachable) return { code: error.code, final: error instanceof MachineGone, ...(error.command === undefined ? {} : { detail: { command: presentable(error.command) } }) };
  if (error instanceof SecretNotFound) return { code: 'secret-not-found', final: false };
  return { code: codeOfName(error), final: false, detail: detailOf(error) };
};

/** Adapters name their errors after the condition, in two words or more, such as `ServerDidNotStart`; `TypeError` is no condition. */
const CONDITION_NAME = /^(?:[A-Z][a-z]*){2,}(?<!Error)$/;

/** `ServerDidNotStart` → `server-did-not-start`: activities know no adapter, so they go by its name. */
const codeOfName = (error: unknown): string => {
  const name = error instanceof Error ? error.name : '';
  return CONDITION_NAME.test(name) ? name.replace(/(?<=.)(?=[A-Z])/g, '-').toLowerCase() : 'unexpected-error';
};

const isEngineError = (error: unknown): error is EngineError => error instanceof Error && 'nodeName' in error && typeof error.nodeName === 'string' && 'logTail' in error && Array.isArray(error.logTail);

const detailOf = (error: unknown): FailureDetail => {
  if (error instanceof CommandFailed) {
    return { node: error.machineId, command: presentable(error.argv.join(' ')), ...tail(error.outputTail) };
  }
  return isEngineError(error) ? { node: error.nodeName, ...tail(error.logTail.join('\n')) } : {};
};

const tail = (output: string): FailureDetail => (output === '' ? {} : { outputTail: presentable(output) });

/** The system's text for ENOSPC, in every program that prints errors of the C library; apt's, which reckons before it writes. */
const DISK_FULL_TEXTS = ['No space left on device', "You don't have enough free space in "];
/** The system's, and PostgreSQL's (53100). */
const DISK_FULL_CODES: readonly unknown[] = ['ENOSPC', '53100'];

const isDiskFull = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const texts = [error.message, error instanceof CommandFailed ? error.outputTail : '', isEngineError(error) ? error.logTail.join('\n') : ''];
  return ('code' in error && DISK_FULL_CODES.includes(error.code)) || texts.some((text) => DISK_FULL_TEXTS.some((told) => text.includes(told))) || isDiskFull(error.cause);
};

/** The stack says where it came from; its message, which may say more than is fit to be shown, is told in the failure's own. */
const causeOf = (error: Error): Error => {
  const cause = new Error(error.name);
  cause.name = error.name;
  cause.stack = `${error.name}\n${(error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at ')).join('\n')}`;
  return cause;
};
