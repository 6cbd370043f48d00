/** One family, two servers: they speak the same protocol and keep the same files. */
export type RedisFlavour = 'valkey' | 'redis';

export interface Flavour {
  readonly title: string;
  /** What the machine is asked for, and the server's program in it. */
  readonly software: string;
  readonly server: string;
  /** The first major whose servers move slots by themselves (CLUSTER MIGRATESLOTS); absent: none does. */
  readonly movesSlotsFrom?: number;
}

export const FLAVOURS: Readonly<Record<RedisFlavour, Flavour>> = {
  valkey: { title: 'Valkey', software: 'valkey', server: 'valkey-server', movesSlotsFrom: 9 },
  redis: { title: 'Redis', software: 'redis', server: 'redis-server' },
};
