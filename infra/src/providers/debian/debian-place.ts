/** Where Holdfast lives on a Debian machine. Everything below the root belongs to it alone. */
export const ROOT_DIRECTORY = '/var/lib/holdfast';
/** Of the machine's account, and nobody else's. */
export const DATA_DIRECTORY = `${ROOT_DIRECTORY}/data`;
/** One file for each service that is to run; what is missing here stays stopped over reboots. */
export const WANTED_DIRECTORY = `${ROOT_DIRECTORY}/wanted`;
/** Unprivileged; engines and commands run as it. */
export const ACCOUNT = 'holdfast';

/** Nothing of the connection's own environment: that depends on how the machine is reached. */
export const BASE_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: DATA_DIRECTORY,
  LANG: 'C.UTF-8',
};
