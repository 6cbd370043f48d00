import { describe, expect, it } from '@jest/globals';
import { GROUP_REPLICATION_CHECK } from '@holdfast/domain';
import { renderMysqlCheck } from './mysql-check.js';
import { readState, renderConfig } from './render-config.js';
import { InvalidRouting, planSlots, REPLICA_SLOTS } from './routing-state.js';

const PORTS = { readWrite: 5000, readOnly: 5001 };
const backend = (name: string, host: string) => ({ name, host, port: 5432 });
const one = backend('pg-1', '127.5.0.2');
const two = backend('pg-2', '127.5.0.3');
const six = backend('pg-6', '2001:db8::6');

const GOLDEN = `# holdfast {"ports":{"readWrite":5000,"readOnly":5001},"readWrite":{"name":"pg-1","host":"127.5.0.2","port":5432},"replicas":[{"name":"pg-6","host":"2001:db8::6","port":5432}${',null'.repeat(31)}]}
# Written by Holdfast at every change of routing, and followed at HAProxy's next start: the running one is told directly.
global
  maxconn 4000
  nbthread 1
  no strict-limits
  stats socket unix@admin.sock mode 600 level admin
  stats timeout 30s
  lua-load wait-for-server.lua

defaults
  mode tcp
  maxconn 4000
  timeout connect 2s
  timeout client 24h
  timeout server 24h
  timeout client-fin 30s
  option clitcpka
  option srvtcpka
  # A server that refuses is tried again each second, on another replica where there is one.
  retries 10
  option redispatch 1

frontend read_write
  bind 127.5.0.1:5000
  tcp-request inspect-delay 11000ms
  tcp-request content lua.wait_for_server read_write read_write
  default_backend read_write

frontend read_only
  bind 127.5.0.1:5001
  tcp-request inspect-delay 11000ms
  tcp-request content lua.wait_for_server read_only read_write
  use_backend read_write if { nbsrv(read_only) eq 0 }
  default_backend read_only

# Not checked: whom it leads to is decided by operations, never by HAProxy.
backend read_write
  server primary 127.5.0.2:5432

backend read_only
  balance leastconn
  default-server check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
  server replica1 [2001:db8::6]:5432
${Array.from({ length: 31 }, (_, index) => `  server replica${index + 2} 127.0.0.1:1 disabled`).join('\n')}
`;

describe('the configuration of HAProxy', () => {
  it('is this text', () => {
    expect(renderConfig('127.5.0.1', planSlots(PORTS, { readWrite: one, readOnly: [six] }, undefined))).toBe(GOLDEN);
  });
  it('leads nobody to the primary while there is none', () => {
    expect(renderConfig('127.5.0.1', planSlots(PORTS, { readOnly: [] }, undefined))).toContain('  server primary 127.0.0.1:1 disabled\n');
  });
  it('where all take writes, leads writers to one of the others while theirs is away', () => {
    const config = renderConfig('127.5.0.1', planSlots(PORTS, { readWrite: one, readOnly: [six], allTakeWrites: true }, undefined));
    expect(config).toContain('lua.wait_for_server read_write read_only\n  use_backend read_only if { nbsrv(read_write) eq 0 }\n  default_backend read_write\n');
    expect(config).toContain('backend read_write\n  default-server check inter 1s fall 5 rise 2 on-marked-down shutdown-sessions\n  server primary');
    expect(config).toContain('  use-server replica1 if { fe_name read_write }\n  use-server replica2 if { fe_name read_write }\n');
  });
  it('asks every member of a group in the same way, and leaves one that refuses at once', () => {
    const config = renderConfig('127.5.0.1', planSlots(PORTS, { readWrite: one, readOnly: [six], allTakeWrites: true, check: GROUP_REPLICATION_CHECK }, undefined));
    const asked = `${renderMysqlCheck(GROUP_REPLICATION_CHECK)}  timeout check 2s
  default-server check inter 1s fastinter 200ms fall 5 rise 2 observe layer4 error-limit 1 on-error sudden-death on-marked-down shutdown-sessions
`;
    expect(config).toContain(`backend read_write\n${asked}  server primary 127.5.0.2:5432\n`);
    expect(config).toContain(`backend read_only\n  balance leastconn\n${asked}  use-server`);
  });
  it('can be read again, and another file cannot', () => {
    for (const routing of [{ readOnly: [] }, { readWrite: one, readOnly: [six, two] }, { readWrite: one, readOnly: [two], allTakeWrites: true as const, check: GROUP_REPLICATION_CHECK }]) {
      const state = planSlots(PORTS, routing, undefined);
      expect(readState(renderConfig('127.5.0.1', state))).toEqual(state);
    }
    expect(() => readState('global\n')).toThrow(/not written by Holdfast/);
  });
});

describe('slots', () => {
  it('stay with their replica, and free ones are given to new replicas', () => {
    const before = planSlots(PORTS, { readOnly: [one, two, six] }, undefined);
    const after = planSlots(PORTS, { readWrite: one, readOnly: [backend('pg-7', '127.5.0.7'), six, two] }, before);
    expect(after.replicas.slice(0, 4).map((slot) => slot?.name)).toEqual(['pg-7', 'pg-2', 'pg-6', undefined]);
  });
  it('are enough for so many replicas and no more', () => {
    const many = Array.from({ length: REPLICA_SLOTS }, (_, index) => backend(`r-${index}`, `127.6.0.${index}`));
    expect(planSlots(PORTS, { readOnly: many }, undefined).replicas).toEqual(many);
    expect(() => planSlots(PORTS, { readOnly: [...many, one] }, undefined)).toThrow(InvalidRouting);
  });
  it('are given once to a replica that is named twice', () => {
    expect(planSlots(PORTS, { readOnly: [one, one] }, undefined).replicas.filter((slot) => slot)).toEqual([one]);
  });
});
