import { describe, expect, it } from '@jest/globals';
import { clusterStream, type ClusterEvent, type EventStore, type RecordedFact } from '@holdfast/domain';
import { CLUSTER_ID, reserved, requestedCluster } from '../../../../domain/src/cluster/cluster.test-support.js';
import { ClusterHistories } from './cluster-histories.js';

/** One stream, and from where it was read. */
const storeOf = (facts: RecordedFact[]) => {
  const reads: number[] = [];
  const store: Pick<EventStore, 'readStream'> = {
    readStream: async (stream, { fromVersion = 0 } = {}) => {
      reads.push(fromVersion);
      return stream === clusterStream(CLUSTER_ID) ? facts.filter((fact) => fact.version >= fromVersion) : [];
    },
  };
  return { store: store as EventStore, reads };
};

const recorded = (events: readonly ClusterEvent[], life = 'a'): RecordedFact[] =>
  events.map((event, version) => ({
    ...event,
    ...{ id: `${life}-${version}`, schemaVersion: 1, meta: { actor: 'test', correlationId: 'test' } },
    ...{ stream: clusterStream(CLUSTER_ID), version, position: `${life}${String(version).padStart(4, '0')}`, at: '2030-01-01T00:00:00.000Z' },
  }));

const EVENTS = [...requestedCluster(), reserved(1), reserved(2)];

describe('histories that are kept', () => {
  it('read what is new, and tell the same as a history that is read whole', async () => {
    const facts = recorded(EVENTS.slice(0, 2));
    const { store, reads } = storeOf(facts);
    const histories = new ClusterHistories(store);
    await histories.load(CLUSTER_ID);
    facts.push(...recorded(EVENTS).slice(2));
    const grown = await histories.load(CLUSTER_ID);
    expect(grown).toEqual(await new ClusterHistories(store).load(CLUSTER_ID));
    expect(grown?.version).toBe(3);
    expect(reads).toEqual([0, 1, 0]);
  });

  it.each([
    ['has other facts', recorded(EVENTS, 'b')],
    ['is shorter', recorded(EVENTS, 'a').slice(0, 2)],
    ['is gone', []],
  ])('are read anew from a store whose stream %s', async (_, other) => {
    const facts = recorded(EVENTS);
    const { store } = storeOf(facts);
    const histories = new ClusterHistories(store);
    await histories.load(CLUSTER_ID);
    facts.splice(0, facts.length, ...other);
    expect((await histories.load(CLUSTER_ID))?.facts ?? []).toEqual(other);
  });

  it('know nothing of a cluster that is not there', async () => {
    expect(await new ClusterHistories(storeOf([]).store).load('cl-unknown')).toBeUndefined();
  });
});
