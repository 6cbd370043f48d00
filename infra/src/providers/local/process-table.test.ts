import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { identifyProcess, isAlive, parseIdentity, signalProcess, waitUntilGone } from './process-table.js';

describe('a process', () => {
  it('is told apart from another with its number', async () => {
    const child = spawn('sleep', ['100']);
    const identity = identifyProcess(child.pid ?? 0);
    if (!identity) throw new Error('It does not run.');
    expect(isAlive(identity)).toBe(true);
    for (const other of [{ ...identity, startTicks: '1' }, { ...identity, bootId: 'another' }]) {
      expect(isAlive(other)).toBe(false);
      expect(signalProcess(other, 'SIGKILL')).toBe(false);
    }
    expect(await waitUntilGone([identity], 20)).toBe(false);
    expect(signalProcess(identity, 'SIGKILL')).toBe(true);
    expect(await waitUntilGone([identity], 2_000)).toBe(true);
    expect(signalProcess(identity, 'SIGKILL')).toBe(false);
    expect(identifyProcess(identity.pid)).toBeUndefined();
  });
  it('is read from a line that says it, and from no other', () => {
    expect(parseIdentity('12 345 boot token\n')).toEqual({ pid: 12, startTicks: '345', bootId: 'boot' });
    for (const bad of ['', '12', '12 345', 'x 345 boot']) expect(parseIdentity(bad)).toBeUndefined();
  });
});
