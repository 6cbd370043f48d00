import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Messages and stacks of failures go through the codec like every payload; else they would lie in Temporal in clear. Loaded by its
 * path in the client, in the worker and, through the bundler, in the workflows' sandbox: it may import nothing else.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
