import { createClient } from '@redis/client';
import { LOGINS, type ClusterNode } from '@holdfast/domain';
import type { RowConnection } from '../../../services/cli/src/demo/row-connection.js';
import { addressOf, WRITE_MS, type ServerAsker, type ServerSays, type ServerTarget } from './server-asker.js';

/** A server that does not answer at all within this counts as gone. */
const ANSWER_MS = 2_000;
const USER_PREFIX = `${LOGINS.replication.user}:`;

export type Ask = (...command: string[]) => Promise<unknown>;

interface Connection {
  readonly ask: Ask;
  readonly close: () => void;
}

/** A plain connection that breaks when its server does, and does not come back by itself. */
const open = async (options: { url: string } | { host: string; port: number; user: string; password: string }, answerMs = ANSWER_MS): Promise<Connection> => {
  const plain = { connectTimeout: ANSWER_MS, reconnectStrategy: false } as const;
  const client =
    'url' in options
      ? createClient({ url: options.url, RESP: 2, socket: plain, disableOfflineQueue: true })
      : createClient({ username: options.user, password: options.password, RESP: 2, socket: { host: options.host, port: options.port, ...plain }, disableOfflineQueue: true });
  client.on('error', () => undefined); // The command says it.
  const close = (): void => {
    if (client.isOpen) client.destroy();
  };
  try {
    await within(client.connect());
  } catch (problem) {
    close();
    throw problem;
  }
  return { ask: (...command) => within(client.sendCommand(command), answerMs), close };
};

const within = async <T>(answer: Promise<T>, limitMs = ANSWER_MS): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${limitMs} ms.`)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

const using = async <T>(options: Parameters<typeof open>[0], work: (ask: Ask) => Promise<T>): Promise<T> => {
  const { ask, close } = await open(options);
  try {
    return await work(ask);
  } finally {
    close();
  }
};

/** A session as superuser on one node. */
export const onRedisServer = <T>(target: ServerTarget, work: (ask: Ask) => Promise<T>): Promise<T> => using({ ...addressOf(target), ...target.superuser }, work);

const roleOf = (info: string): ServerSays['role'] => (/^role:slave\r?$/m.test(info) ? 'replica' : 'primary');

/** Lines such as `slave0:ip=127.0.0.3,port=6379,state=online,offset=…`; an address that is no member's is told as it is. */
const feedsOf = (info: string, members: readonly ClusterNode[]): string[] =>
  [...info.matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=online/gm)]
    .map(([, ip, port]) => members.find((node) => node.address === ip && node.port === Number(port))?.name ?? `${ip}:${port}`)
    .sort();

const ask = (target: ServerTarget): Promise<ServerSays> =>
  onRedisServer(target, async (send) => {
    const info = String(await send('INFO', 'replication'));
    const feeds = feedsOf(info, target.members);
    const users = ((await send('ACL', 'USERS')) as string[]).filter((user) => user.startsWith(USER_PREFIX)).map((user) => user.slice(USER_PREFIX.length));
    return { role: roleOf(info), feeds, keptForNobody: users.filter((name) => !feeds.includes(name)).sort() };
  });

/** Rows are members of a set. */
const connect = async (url: string, table: string): Promise<RowConnection> => {
  const { ask: send, close } = await open({ url }, WRITE_MS);
  return {
    prepare: async () => ((await send('SMEMBERS', table)) as string[]).reduce((most, id) => Math.max(most, Number(id)), 0) + 1,
    write: async (id) => {
      if (Number(await send('SADD', table, String(id))) !== 1) throw new Error(`Row ${id} is there already.`);
    },
    idsFrom: async (first) => ((await send('SMEMBERS', table)) as string[]).filter((id) => Number(id) >= first),
    close,
  };
};

export const REDIS_ASKER: ServerAsker = {
  ask,
  roleBehind: (url) => using({ url }, async (send) => roleOf(String(await send('INFO', 'replication')))),
  connect,
  countRows: (target, table) => onRedisServer(target, async (send) => Number(await send('SCARD', table))),
};
