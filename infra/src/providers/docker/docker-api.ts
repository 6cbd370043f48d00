import Docker from 'dockerode';

/** Docker's daemon does not answer. It may be starting again: worth trying again. */
export class DockerUnavailable extends Error {
  override readonly name = 'DockerUnavailable';
}

/** The disk that holds Docker's data, this computer's, is full. */
export class DockerDiskFull extends Error {
  override readonly name = 'DockerDiskFull';
  readonly code = 'ENOSPC';
}

/** What the operating system says where nobody listens, or where the daemon ended in the middle. */
const GONE_CODES = ['ECONNREFUSED', 'ENOENT', 'EACCES', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND'];

/** At that socket, else as DOCKER_HOST says, else at Docker's usual one. */
export const connectDocker = (socketPath?: string): Docker => new Docker(socketPath === undefined ? {} : { socketPath });

/** Runs calls to Docker; that nobody answers is told as DockerUnavailable. */
export const askDocker = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (problem) {
    if (isDiskFull(problem)) {
      throw new DockerDiskFull(`The disk that holds Docker's data is full (its folder: docker info --format '{{.DockerRootDir}}'; what takes the room: docker system df). Docker says: ${(problem as Error).message.trim()}`, { cause: problem });
    }
    if (isGone(problem)) throw new DockerUnavailable(`Docker does not answer (${(problem as Error).message}). Is its daemon running, and may this user reach it? See: docker info`, { cause: problem });
    throw problem;
  }
};

export const isGone = (problem: unknown): boolean => {
  if (statusOf(problem) !== undefined) return false;
  const { code, message } = (problem ?? {}) as { code?: unknown; message?: unknown };
  return GONE_CODES.includes(String(code)) || String(message).includes('socket hang up');
};

/** Go's words for ENOSPC, which Docker hands on. */
const isDiskFull = (problem: unknown): boolean => statusOf(problem) !== undefined && /no space left on device/i.test(String((problem as Error).message));

/** The HTTP status that Docker answered with. */
export const statusOf = (problem: unknown): number | undefined => {
  const status = (problem as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === 'number' ? status : undefined;
};

/** Undefined where Docker answers with one of these statuses. */
export const unlessStatus = async <T>(statuses: readonly number[], work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await askDocker(work);
  } catch (problem) {
    if (statuses.includes(statusOf(problem) ?? 0)) return undefined;
    throw problem;
  }
};
