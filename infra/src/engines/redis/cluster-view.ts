import type { Session } from './session.js';

/** Fixed by the protocol: https://valkey.io/topics/cluster-spec/ */
export const SLOT_COUNT = 16_384;

/** A node of the cluster as one of its nodes sees it. */
export interface ClusterMember {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly role: 'primary' | 'replica';
  /** Not yet a member: it is just being met. */
  readonly handshake: boolean;
  readonly primaryId?: string;
  readonly slots: readonly number[];
}

export interface OpenSlot {
  readonly slot: number;
  readonly peerId: string;
}

export interface ClusterView {
  readonly me: ClusterMember;
  readonly members: readonly ClusterMember[];
  /** On their way from here to a peer, and from a peer to here. */
  readonly migrating: readonly OpenSlot[];
  readonly importing: readonly OpenSlot[];
}

/** What CLUSTER NODES says: https://valkey.io/commands/cluster-nodes/ */
export const parseClusterNodes = (text: string): ClusterView => {
  const lines = text.split('\n').filter((line) => line.trim() !== '').map((line) => line.trim().split(' '));
  const members = lines.map(parseMember);
  const at = lines.findIndex((words) => (words[2] ?? '').split(',').includes('myself'));
  const [me, own] = [members[at], lines[at]];
  if (me === undefined || own === undefined) throw new Error('CLUSTER NODES does not say who answers.');
  const open = (pattern: RegExp): OpenSlot[] => own.slice(8).flatMap((word) => {
    const match = pattern.exec(word);
    return match ? [{ slot: Number(match[1]), peerId: match[2] ?? '' }] : [];
  });
  return { me, members, migrating: open(/^\[(\d+)->-(\w+)\]$/), importing: open(/^\[(\d+)-<-(\w+)\]$/) };
};

export const viewOf = async (session: Session): Promise<ClusterView> => parseClusterNodes(await session.text('CLUSTER', 'NODES'));

/** `id ip:port@bus[,hostname] flags primary ping pong epoch link slot…` */
const parseMember = (words: readonly string[]): ClusterMember => {
  const [id = '', place = '', flagList = '', primaryId = '-'] = words;
  const [, host = '', port = '0'] = /^(.*):(\d+)(?:@|$)/.exec(place.split(',')[0] ?? '') ?? [];
  const flags = flagList.split(',');
  return {
    id,
    host,
    port: Number(port),
    role: flags.includes('slave') ? 'replica' : 'primary',
    handshake: flags.includes('handshake'),
    ...(primaryId === '-' ? {} : { primaryId }),
    slots: words.slice(8).filter((word) => !word.startsWith('[')).flatMap(expandRange),
  };
};

const expandRange = (word: string): number[] => {
  const [first = 0, last = first] = word.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
};

/** The fewest ranges that hold the slots. */
export const rangesOf = (slots: readonly number[]): (readonly [number, number])[] => {
  const ranges: [number, number][] = [];
  for (const slot of [...slots].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === slot) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges;
};
