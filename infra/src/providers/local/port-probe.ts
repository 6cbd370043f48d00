import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { openFiles, processIds, programName } from './process-table.js';

/** Who has a port that is needed. */
export interface PortHolder {
  /** `postgres (pid 4711)`, or that it cannot be seen. */
  readonly holder: string;
  /** It has the port on every address of this computer. */
  readonly everywhere: boolean;
}

const LISTEN = '0A';
/** 0.0.0.0 and ::, in the kernel's writing. */
const EVERY_ADDRESS = ['00000000', '0'.repeat(32)];

/** Undefined when a server may listen there. Found out by listening, since that is what counts. */
export const findPortHolder = async (address: string, port: number): Promise<PortHolder | undefined> => {
  if (await canListen(address, port)) return undefined;
  const listeners = listenersOf(port);
  const everywhere = listeners.filter(({ local }) => EVERY_ADDRESS.includes(local));
  const here = listeners.filter(({ local }) => local === inHexadecimal(address) || local.endsWith(`FFFF0000${inHexadecimal(address)}`));
  const found = everywhere.length > 0 ? everywhere : here;
  return { holder: nameHolder(found.map(({ inode }) => inode)), everywhere: everywhere.length > 0 };
};

const canListen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (problem: NodeJS.ErrnoException) => (problem.code === 'EADDRINUSE' ? resolve(false) : reject(problem)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

interface Listener {
  readonly local: string;
  readonly inode: string;
}

/** Lines of /proc/net/tcp: number, local address and port, remote ones, state, …, inode; numbers in hexadecimal, see proc(5). */
const listenersOf = (port: number): Listener[] => {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => readFileSync(table, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && fields[1]?.endsWith(`:${wanted}`))
    .map((fields) => ({ local: fields[1]?.split(':')[0] ?? '', inode: fields[9] ?? '' }));
};

/** 127.1.2.3 as 0302017F: the kernel writes the number as the processor has it, least byte first. */
const inHexadecimal = (address: string): string =>
  address.split('.').map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0')).reverse().join('');

const nameHolder = (inodes: readonly string[]): string => {
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const pid = processIds().find((candidate) => openFiles(candidate).some((file) => sockets.has(file)));
  return pid === undefined ? 'a process that cannot be seen from here' : `${programName(pid)} (pid ${pid})`;
};
