import { describe, expect, it } from '@jest/globals';
import type { EngineCredentials } from '@holdfast/domain';
import { renderUsers, replicaNameOf, replicaUser } from './users.js';

const CREDENTIALS: EngineCredentials = {
  superuser: { user: 'holdfast', password: 'one' },
  replication: { user: 'holdfast_replication', password: 'two' },
  application: { user: 'app', password: 'three', database: 'app' },
};

describe('the users of a Valkey or Redis server', () => {
  it('are written with hashes only, and nobody comes in without a name', () => {
    const text = renderUsers(CREDENTIALS);
    expect(text).toMatch(/^user default reset off -@all\nuser holdfast reset on #[0-9a-f]{64} ~\* &\* \+@all\nuser app reset on #[0-9a-f]{64} .* -@admin -@dangerous /);
    expect(text).not.toMatch(/one|two|three/);
  });
  it('keep the replicas that were let in, and drop anybody else', () => {
    const former = 'user holdfast_replication:vk-2 on #aa +psync\nuser intruder on nopass ~* +@all\n';
    expect(renderUsers(CREDENTIALS, former)).toContain('user holdfast_replication:vk-2 on #aa +psync\n');
    expect(renderUsers(CREDENTIALS, former)).not.toContain('intruder');
  });
  it('share one for replication where data is spread over shards', () => {
    expect(renderUsers(CREDENTIALS, '', true)).toMatch(/^user holdfast_replication reset on #[0-9a-f]{64} \+psync .*\+restore/m);
  });
  it('tell a replica by its user', () => {
    expect(replicaNameOf(CREDENTIALS, replicaUser(CREDENTIALS, 'vk-3'))).toBe('vk-3');
    expect(replicaNameOf(CREDENTIALS, 'app')).toBeUndefined();
  });
});
