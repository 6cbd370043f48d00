import { describe, expect, it } from '@jest/globals';
import { planSlots, REPLICA_SLOTS, type RoutingState } from './routing-state.js';
import { commandsFor, differences, parseServers, type ServerState } from './runtime-api.js';

/** As HAProxy 2.6.12 answered, with the addresses of this test. */
const ANSWER = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 read_write 1 primary 127.77.0.2 2 4 1 1 1 1 0 0 8 0 0 0 - 15999 - 0 0 - - 0
4 read_only 1 replica1 127.77.0.3 2 0 1 1 1 1 0 0 8 0 0 0 - 15999 - 0 0 - - 0
4 read_only 2 replica2 127.0.0.1 0 5 1 1 1 1 0 0 8 0 0 0 - 1 - 0 0 - - 0
4 read_only 3 replica3 127.77.0.4 0 8 1 1 1 1 0 0 8 0 0 0 - 15999 - 0 0 - - 0
`;

const PORTS = { readWrite: 1, readOnly: 2 };
const backend = (name: string, host: string) => ({ name, host, port: 5432 });
const [a, b] = [backend('a', '127.5.0.2'), backend('b', '127.5.0.3')];
const nowhere = { host: '127.0.0.1', port: 1, enabled: false };

const running = (primary: Partial<ServerState>, replicas: readonly Partial<ServerState>[] = []): ServerState[] => [
  { backend: 'read_write', slot: 'primary', ...nowhere, ...primary },
  ...Array.from({ length: REPLICA_SLOTS }, (_, index) => ({ backend: 'read_only', slot: `replica${index + 1}`, ...nowhere, ...replicas[index] })),
];
const state = (routing: Parameters<typeof planSlots>[1]): RoutingState => planSlots(PORTS, routing, undefined);

describe('the list of servers', () => {
  it('is read by the names of its columns', () => {
    expect(parseServers(ANSWER)).toEqual([
      { backend: 'read_write', slot: 'primary', host: '127.77.0.2', port: 15999, enabled: true },
      { backend: 'read_only', slot: 'replica1', host: '127.77.0.3', port: 15999, enabled: true },
      { backend: 'read_only', slot: 'replica2', host: '127.0.0.1', port: 1, enabled: false },
      { backend: 'read_only', slot: 'replica3', host: '127.77.0.4', port: 15999, enabled: false },
    ]);
  });
  it('is not taken for something else', () => {
    expect(() => parseServers('Unknown command.')).toThrow(/Unknown command/);
  });
});

describe('what is said to the running program', () => {
  it('is nothing when all is as it should be', () => {
    expect(commandsFor(state({ readWrite: a, readOnly: [b] }), running({ ...a, enabled: true }, [{ ...b, enabled: true }]))).toEqual([]);
  });
  it('leads nobody in while the connections of the old primary are ended', () => {
    expect(commandsFor(state({ readWrite: b, readOnly: [] }), running({ ...a, enabled: true }))).toEqual([
      'set server read_write/primary state maint',
      'shutdown sessions server read_write/primary',
      'set server read_write/primary addr 127.5.0.3 port 5432',
      'set server read_write/primary state ready',
    ]);
  });
  it('holds new connections without a primary, and leaves those that are there to its stop', () => {
    const hold = state({ readOnly: [] });
    expect(commandsFor(hold, running({ ...a, enabled: true }))).toEqual(['set server read_write/primary state maint']);
    expect(commandsFor(hold, running({ ...a }))).toEqual([]);
  });
  it('ends what is left of the old primary when it leads elsewhere after a hold', () => {
    expect(commandsFor(state({ readWrite: b, readOnly: [] }), running({ ...a }))).toContain('shutdown sessions server read_write/primary');
  });
  it('touches the slots of changed replicas alone', () => {
    expect(commandsFor(state({ readWrite: a, readOnly: [b] }), running({ ...a, enabled: true }, [{ ...b, enabled: true }, { ...a, enabled: true }]))).toEqual([
      'set server read_only/replica2 state maint',
      'shutdown sessions server read_only/replica2',
    ]);
  });
  it('fails where the running program has other servers than its file', () => {
    expect(() => commandsFor(state({ readOnly: [] }), [])).toThrow(/no server read_write\/primary/);
  });
});

describe('what is not as it should be', () => {
  it('is named', () => {
    expect(differences(state({ readWrite: a, readOnly: [b] }), running({ ...b, enabled: true }, [{ ...b }, { ...a, enabled: true }]))).toEqual([
      'read_write/primary',
      'read_only/replica1',
      'read_only/replica2',
    ]);
    expect(differences(state({ readWrite: a, readOnly: [b] }), running({ ...a, enabled: true }, [{ ...b, enabled: true }]))).toEqual([]);
  });
});
