import type { ControlData } from './control-data.js';
import { parseTimelineHistory, relationOf, type UpstreamLog } from './timeline.js';

const control = (over: Partial<ControlData> = {}): ControlData => ({
  state: 'shut down',
  systemIdentifier: '7',
  checkpoint: '0/5000028',
  timeline: 1,
  minRecoveryEnd: '0/0',
  minRecoveryTimeline: 0,
  ...over,
});
const upstream = (over: Partial<UpstreamLog> = {}): UpstreamLog => ({
  systemIdentifier: '7',
  timeline: 2,
  history: [{ timeline: 1, switchedAt: '0/50000A0' }],
  position: '0/6000000',
  ...over,
});

describe('a timeline history file', () => {
  it('is read whatever the reason says', () => {
    expect(parseTimelineHistory('1\t0/50000A0\tno recovery target specified\n\n# note\n2\t1/A\tbefore 2000-01-01 00:00:00\n')).toEqual([
      { timeline: 1, switchedAt: '0/50000A0' },
      { timeline: 2, switchedAt: '1/A' },
    ]);
  });
  it('is empty on the first timeline', () => expect(parseTimelineHistory('')).toEqual([]));
});

describe('the relation of a stopped node to its new upstream', () => {
  it('is a prefix when the shutdown checkpoint was replayed before the switch', () => {
    expect(relationOf(control(), upstream())).toBe('prefix');
  });
  it('is diverged when the upstream left exactly where the shutdown checkpoint starts: it lacks that record', () => {
    expect(relationOf(control(), upstream({ history: [{ timeline: 1, switchedAt: '0/5000028' }] }))).toBe('diverged');
  });
  it('is diverged when the node wrote on after the switch', () => {
    expect(relationOf(control({ checkpoint: '0/5000100' }), upstream())).toBe('diverged');
  });
  it('is diverged after a crash, whatever the last checkpoint was', () => {
    expect(relationOf(control({ state: 'in production', checkpoint: '0/1000028' }), upstream())).toBe('diverged');
  });
  it('is diverged on a timeline the upstream never was on', () => {
    expect(relationOf(control({ timeline: 3 }), upstream())).toBe('diverged');
  });
  it('is foreign when it is another database', () => {
    expect(relationOf(control({ systemIdentifier: '8' }), upstream())).toBe('foreign');
  });
  it('looks at the recovery end of a replica, which may be the switch itself', () => {
    const replica = control({ state: 'shut down in recovery', minRecoveryEnd: '0/50000A0', minRecoveryTimeline: 1 });
    expect(relationOf(replica, upstream())).toBe('prefix');
    expect(relationOf({ ...replica, minRecoveryEnd: '0/50000A8' }, upstream())).toBe('diverged');
  });
  it('compares with the upstream as it is on the same timeline', () => {
    expect(relationOf(control({ timeline: 2, checkpoint: '0/5FFFFF0' }), upstream())).toBe('prefix');
    expect(relationOf(control({ timeline: 2, checkpoint: '0/6000028' }), upstream())).toBe('diverged');
  });
});
