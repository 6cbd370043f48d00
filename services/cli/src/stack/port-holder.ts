import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Who listens on a port. `pid` is absent when the process belongs to another user. */
export interface PortHolder {
  readonly pid?: number;
  /** The program's name, or that it cannot be seen. */
  readonly name: string;
}

/** For people: `postgres (pid 4711)`. */
export const describeHolder = ({ pid, name }: PortHolder): string => (pid === undefined ? name : `${name} (pid ${pid})`);

/** A process that was killed is a zombie before its last threads have closed what they held. */
const DYING_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** Who still listens on the port after a process that is just dying has had the time to let go of it. */
export const findLastingHolder = async (port: number): Promise<PortHolder | undefined> => {
  const deadline = Date.now() + DYING_MS;
  for (;;) {
    const holder = findPortHolder(port);
    // A holder that can be seen lives.
    if (holder === undefined || holder.pid !== undefined || Date.now() > deadline) return holder;
    await delay(LOOK_EVERY_MS);
  }
};

const LISTEN = '0A';

/** Undefined when nobody listens on that port of 127.0.0.1 (or of all addresses). */
export const findPortHolder = (port: number): PortHolder | undefined => {
  const inodes = new Set([...listeningInodes('/proc/net/tcp', port), ...listeningInodes('/proc/net/tcp6', port)]);
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (holdsSocket(pid, inodes)) return { pid: Number(pid), name: programName(pid) };
  }
  return { name: 'a process of another user' };
};

/** Lines of /proc/net/tcp: number, local address, remote address, state, …, inode; numbers in hexadecimal, see proc(5). */
const listeningInodes = (table: string, port: number): string[] => {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(table, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && fields[1]?.endsWith(`:${wanted}`) === true && isOurAddress(fields[1]))
    .map((fields) => fields[9] ?? '');
};

/** 127.0.0.1, 0.0.0.0, :: and ::1 in the kernel's byte order; other loopback addresses belong to nodes. */
const isOurAddress = (local: string): boolean => {
  const address = local.split(':')[0] ?? '';
  return ['0100007F', '00000000', '0'.repeat(32), '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'].includes(address);
};

const holdsSocket = (pid: string, inodes: ReadonlySet<string>): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    // It ended meanwhile, or it is another user's.
    return false;
  }
};

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

/** Node names its first thread `MainThread`, which tells nobody anything. */
const programName = (pid: string): string => {
  try {
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    return name === 'MainThread' ? basename(readlinkSync(`/proc/${pid}/exe`)) : name;
  } catch {
    return 'a process that ended meanwhile';
  }
};
