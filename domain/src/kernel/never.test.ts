import { never } from './never.js';

describe('a branch that cannot be reached', () => {
  it('is a bug that names the case when it is reached', () => {
    expect(() => never({ type: 'NodePainted' } as never)).toThrow('Unhandled case: {"type":"NodePainted"}');
  });
});
