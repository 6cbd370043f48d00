import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailed, type ServiceSpec } from '@holdfast/domain';
import { baseEnvironment, type MachinePlace } from './machine-place.js';
import { argumentsOf, isAlive, killGroup, programName, waitUntilGone } from './process-table.js';
import { replaceFile, type ServiceFiles } from './service-files.js';
import { newestLines } from './service-log.js';
import { SUPERVISOR_SCRIPT } from './supervisor-script.js';

/** A shell starts in milliseconds, on a machine with nothing left to give in seconds. */
const START_TIMEOUT_MS = 20_000;
const KILL_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 2;
const FAILURE_LOG_LINES = 20;

/** Starts a supervisor with a token of its own, which the one before it (if any) gives way to. Answers when its program runs. */
export const startSupervisor = async (place: MachinePlace, files: ServiceFiles, spec: ServiceSpec): Promise<void> => {
  const script = await installScript(place);
  const token = randomBytes(12).toString('hex');
  await files.saveToken(token);
  const log = openLog(place, files);
  try {
    const ids = place.runAs ? [String(place.runAs.uid), String(place.runAs.gid)] : ['-', '-'];
    const supervisor = spawn('/bin/sh', [script, files.directory, token, ...ids, ...spec.argv], {
      cwd: place.dataDirectory,
      env: { ...baseEnvironment(place), ...spec.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    const failed = new Promise<never>((_, reject) => supervisor.once('error', reject));
    supervisor.unref();
    await Promise.race([failed, waitForProgram(place, files, spec, token)]);
  } finally {
    closeSync(log);
  }
};

/** The program runs, or has been run and ended at once: that is for those to find out who know what it should answer. */
const waitForProgram = async (place: MachinePlace, files: ServiceFiles, spec: ServiceSpec, token: string): Promise<void> => {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while ((files.childToken() !== token && !isSupervised(files)) || isBecomingProgram(files, token)) {
    if (performance.now() > deadline) {
      throw new CommandFailed(place.machineId, spec.argv, 'timeout', newestLines(files.directory, FAILURE_LOG_LINES).join('\n'));
    }
    await delay(LOOK_EVERY_MS);
  }
};

/** Between the shell that has written its number and the program that takes its place, a signal would end the start. */
const isBecomingProgram = (files: ServiceFiles, token: string): boolean => {
  const child = files.child();
  if (!child || !isAlive(child)) return false;
  return ['setsid', 'setpriv', 'flock'].includes(programName(child.pid)) || argumentsOf(child.pid).includes(token);
};

/** The program lives and is watched by the supervisor that holds the token. */
export const isSupervised = (files: ServiceFiles): boolean => {
  const [child, supervisor] = [files.child(), files.supervisor()];
  return child !== undefined && isAlive(child) && supervisor !== undefined && isAlive(supervisor) && files.token() !== undefined && files.supervisorToken() === files.token();
};

/** Ends the supervisor without touching its program, which is in a group of its own. */
export const endSupervisor = async (files: ServiceFiles): Promise<void> => {
  const supervisor = files.supervisor();
  if (!supervisor || !isAlive(supervisor)) return;
  killGroup(supervisor.pid);
  if (!(await waitUntilGone([supervisor], KILL_TIMEOUT_MS))) throw new Error(`Supervisor ${supervisor.pid} does not end.`);
};

const installScript = async (place: MachinePlace): Promise<string> => {
  const script = join(place.directory, 'supervise.sh');
  const isCurrent = existsSync(script) && readFileSync(script, 'utf8') === SUPERVISOR_SCRIPT;
  if (!isCurrent) await replaceFile(script, SUPERVISOR_SCRIPT, 0o644, false);
  return script;
};

/** Of the machine's user, since programs open /dev/stderr again by its name. */
const openLog = (place: MachinePlace, files: ServiceFiles): number => {
  const path = files.path('log');
  const log = openSync(path, 'a', 0o640);
  if (place.runAs) chownSync(path, place.runAs.uid, place.runAs.gid);
  return log;
};
