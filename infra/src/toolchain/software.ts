import { dirname } from 'node:path';
import { SoftwareNotAvailable } from '@holdfast/domain';
import type { Report } from './command.js';
import { locateHaproxy } from './locate.js';
import { offeredMariadb } from './mariadb-programs.js';
import { offeredMysql } from './mysql-programs.js';
import type { InstalledSoftware, ListOffered, OfferedSoftware } from './offered-software.js';
import { offeredPostgresql } from './postgresql-programs.js';
import { ensureRedisPrograms, offeredRedisPrograms } from './redis-programs.js';
import { offeredTimescaledb } from './timescaledb-programs.js';
import { askVersion, compareVersions } from './versions.js';

const redisFamily = (software: 'valkey' | 'redis'): ListOffered => async (tools) =>
  (await offeredRedisPrograms(software, tools)).map((offer) => ({ ...offer, fetch: (report) => ensureRedisPrograms(software, offer.version, tools, report) }));

const offeredHaproxy: ListOffered = async (tools) => {
  const program = locateHaproxy(tools);
  return program === undefined ? [] : [{ version: await askVersion(program, /(\d+\.\d+)/, '-v'), binDirectory: dirname(program) }];
};

/** Every software that machines can ask for, by the name they ask for. */
const SOFTWARE: Readonly<Record<string, ListOffered>> = {
  haproxy: offeredHaproxy,
  mariadb: offeredMariadb,
  mysql: offeredMysql,
  postgresql: offeredPostgresql,
  redis: redisFamily('redis'),
  timescaledb: offeredTimescaledb,
  valkey: redisFamily('valkey'),
};

/** Callers at the same time share one fetch. */
const fetching = new Map<string, Promise<unknown>>();

/**
 * The programs of a software in that version (`any`: the newest there is), fetched when this computer has not got them. What the
 * system has goes before what is fetched. Throws SoftwareNotAvailable, which lists what there is, and ToolInstallFailed.
 */
export const findSoftware = async (software: string, version: string, tools: string, report: Report = () => undefined): Promise<InstalledSoftware> => {
  const offered = await listOffered(software, tools);
  const found = version === 'any' ? offered[0] : offered.find((candidate) => candidate.version === version);
  if (!found) throw new SoftwareNotAvailable(software, version, offered.map((candidate) => candidate.version));
  await fetchOnce(found, report);
  return { version: found.version, binDirectory: found.binDirectory };
};

/** Newest first, each version once; empty for a software that is not known here. What is not installed is fetched when it is asked for. */
export const listSoftware = async (software: string, tools: string): Promise<readonly InstalledSoftware[]> =>
  (await listOffered(software, tools)).map(({ version, binDirectory }) => ({ version, binDirectory }));

const listOffered = async (software: string, tools: string): Promise<readonly OfferedSoftware[]> => {
  const list = Object.hasOwn(SOFTWARE, software) ? SOFTWARE[software] : undefined;
  const newest = [...((await list?.(tools)) ?? [])].sort((one, other) => compareVersions(other.version, one.version));
  return newest.filter((candidate, at) => newest.findIndex(({ version }) => version === candidate.version) === at);
};

const fetchOnce = async ({ binDirectory, fetch }: OfferedSoftware, report: Report): Promise<void> => {
  if (!fetch) return;
  const running = fetching.get(binDirectory) ?? fetch(report).finally(() => fetching.delete(binDirectory));
  fetching.set(binDirectory, running);
  await running;
};
