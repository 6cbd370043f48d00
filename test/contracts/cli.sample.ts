// Answers of the API as it gives them, for tests of the command line.
export const PLAN = {
  kind: 'promote-node',
  steps: [
    { name: 'preflight', title: 'Ask whether pg-b2 may be promoted.', nodes: ['pg-b2'], deadlineMs: 60_000, whenOverdue: 'undo', undo: { none: 'It only reads.' }, afterPointOfNoReturn: false, writes: 'possible' },
    { name: 'promote', title: 'Promote pg-b2.', nodes: ['pg-b2'], deadlineMs: 10_000, whenOverdue: 'undo', undo: { how: 'Stop pg-b2.' }, afterPointOfNoReturn: true, writes: 'paused' },
  ],
  subjects: [],
  nodesTouched: ['pg-a1', 'pg-b2'],
  expectedWritePauseMs: 250,
  dataAtRisk: 'Nothing.',
  costChange: { perHourMicroUsd: 0, perMonthMicroUsd: 0 },
  warnings: ['Connections break once.'],
  undo: 'Promote pg-a1 again.',
};

export const HASH = 'a'.repeat(64);

export const accepted = (kind = 'add-node') => ({ operation: { id: `${kind}-1`, kind, state: 'accepted', cluster: { id: 'cl-1', name: 'shop' }, planHash: HASH }, position: '7' });

export const operation = (state: string, more: object = {}) => ({
  id: 'add-node-1',
  kind: 'add-node',
  state,
  cluster: { id: 'cl-1', name: 'shop' },
  actor: 'token:admin',
  acceptedAt: '2026-11-21T06:00:00.000Z',
  input: {},
  plan: PLAN,
  planHash: HASH,
  steps: [{ name: 'reserve-node', title: 'Reserve the name.', nodes: [], deadlineMs: 60_000, afterPointOfNoReturn: false, status: 'completed', attempt: 1, durationMs: 12 }],
  pointOfNoReturnPassed: false,
  allowedAnswers: [],
  answers: [],
  interruptions: [],
  position: '9',
  ...more,
});

export const CLUSTER = {
  id: 'cl-1',
  name: 'shop',
  generation: 1,
  status: 'running',
  engine: 'postgresql',
  version: '18',
  mode: 'primary-replica',
  replication: 'async',
  provider: 'local',
  region: 'local',
  plan: 'SMALL-1C-1G',
  supportLevel: 1,
  terminationProtection: false,
  nodes: [
    { id: 'n1', name: 'pg-a1', ordinal: 1, role: 'primary', status: 'active', plan: 'SMALL-1C-1G', address: '127.0.0.2', port: 5432 },
    { id: 'n2', name: 'pg-b2', ordinal: 2, role: 'replica', status: 'reserved', plan: 'SMALL-1C-1G' },
  ],
  endpoint: { address: '127.0.0.9', readWritePort: 6432, readOnlyPort: 6433, readWriteNode: 'pg-a1', readOnlyNodes: ['pg-b2'] },
  requestedAt: '2026-11-21T06:00:00.000Z',
  changedAt: '2026-11-21T06:01:00.000Z',
  position: '9',
};
