import { accept, refuse } from './decision.js';

describe('a decision', () => {
  it('carries events when accepted', () => {
    expect(accept({ type: 'Happened', data: {} })).toEqual({ accepted: true, events: [{ type: 'Happened', data: {} }] });
  });
  it('carries a code and a sentence when refused', () => {
    expect(refuse('invalid', 'no', 'No.')).toEqual({ accepted: false, refusal: { kind: 'invalid', code: 'no', detail: 'No.' } });
    expect(refuse('invalid', 'no', 'No.', { operation: 'x' }).refusal.extra).toEqual({ operation: 'x' });
  });
});
