import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { follow } from './follow.js';

const told = (steps: readonly object[]): NodeJS.ReadableStream => Readable.from(steps.map((step) => `${JSON.stringify(step)}\n`));

describe('a build that Docker tells of', () => {
  it('is over when it has ended well', async () => {
    await follow(new Docker(), told([{ stream: 'Step 1/1 : FROM x' }, { stream: 'done\n' }]));
  });
  it('has failed when one of its lines says so, and its last lines are told without passwords', async () => {
    const steps = [{ stream: 'Err:1 http://me:s3cret@packages.test x\n' }, { stream: '\u001b[91mE: not signed\n\u001b[0m' }, { errorDetail: {}, error: 'returned a non-zero code: 100' }];
    await expect(follow(new Docker(), told(steps))).rejects.toMatchObject({ name: 'ToolInstallFailed', message: 'returned a non-zero code: 100\nErr:1 http://packages.test x\nE: not signed\n' });
  });
});
