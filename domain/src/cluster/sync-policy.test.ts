import { syncPolicyOf } from './sync-policy.js';

describe('the rule of synchronous replication', () => {
  it('names every node in one order, so that each holds the same text', () => {
    expect(syncPolicyOf({ replication: 'sync' }, ['pg-c', 'pg-a', 'pg-b'])).toEqual({ required: 1, among: ['pg-a', 'pg-b', 'pg-c'] });
  });
  it('is empty for an asynchronous cluster', () => {
    expect(syncPolicyOf({ replication: 'async' }, ['pg-a', 'pg-b'])).toEqual({ required: 0, among: [] });
  });
  it('is empty for one node: nobody could confirm', () => {
    expect(syncPolicyOf({ replication: 'sync' }, ['pg-a'])).toEqual({ required: 0, among: [] });
  });
});
