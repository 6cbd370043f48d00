import { givenOf } from '../kernel/given.test-support.js';
import type { HostMeasures, HostProblem } from './host-check.rules.js';
import type { HostAssignment, HostEvent } from './host.events.js';
import { foldHost } from './host.state.js';

export const HOST_ID = '203.0.113.5-22';
export const given = givenOf(foldHost);

const GIB = 1024 ** 3;
/** A server as it should be. */
export const wellMeasured: HostMeasures = {
  system: 'debian',
  systemVersion: '12',
  hasSystemd: true,
  becomesRoot: true,
  diskFreeBytes: 40 * GIB,
  clockOffsetMs: -120,
  clockUncertaintyMs: 40,
  cpuCount: 2,
  memoryBytes: 4 * GIB,
};

export const assignment = (machineId = 'c-orders-1-n1'): HostAssignment => ({ machineId, clusterId: 'c-orders-1', name: 'pg-3f9a1c', ports: [5432], assignedAt: '2026-01-02T03:04:05.000Z' });

export const registered: HostEvent = {
  type: 'HostRegistered',
  data: { hostId: HOST_ID, address: '203.0.113.5', port: 22, user: 'admin', keyReference: `host/${HOST_ID}/private-key` },
};
export const pinned = (fingerprint = 'SHA256:first'): HostEvent => ({ type: 'HostKeyPinned', data: { hostId: HOST_ID, fingerprint } });
export const checked = (...problems: HostProblem[]): HostEvent => ({ type: 'HostChecked', data: { hostId: HOST_ID, problems, measured: wellMeasured } });
export const assigned = (machineId?: string): HostEvent => ({ type: 'HostAssigned', data: { hostId: HOST_ID, ...assignment(machineId) } });
export const removed: HostEvent = { type: 'HostRemoved', data: { hostId: HOST_ID } };
export const tooSmall: HostProblem = { code: 'host-disk-too-small', detail: 'It is too small.' };
