import { createHash } from 'node:crypto';
import { ACCOUNT, DATA_DIRECTORY, ROOT_DIRECTORY, WANTED_DIRECTORY } from './debian-place.js';
import { EXCHANGE_SCRIPT } from './exchange-script.js';
import { RUNNER_SCRIPT } from './runner-script.js';
import { SERVICES_SCRIPT } from './services-script.js';
import { SESSION_SCRIPT } from './session-script.js';

const SCRIPTS = { 'runner.pl': RUNNER_SCRIPT, 'exchange.pl': EXCHANGE_SCRIPT, 'services.sh': SERVICES_SCRIPT, 'session.pl': SESSION_SCRIPT };

/** Scripts of another version lie in another folder, so that two versions of Holdfast may reach the same machine. */
const SCRIPTS_DIRECTORY = `/usr/local/lib/holdfast/${createHash('sha256').update(JSON.stringify(SCRIPTS)).digest('hex').slice(0, 12)}`;

export const RUNNER_PATH = `${SCRIPTS_DIRECTORY}/runner.pl`;
export const EXCHANGE_PATH = `${SCRIPTS_DIRECTORY}/exchange.pl`;
export const SESSION_PATH = `${SCRIPTS_DIRECTORY}/session.pl`;
export const SERVICES_PATH = `${SCRIPTS_DIRECTORY}/services.sh`;

/** No line of a script is this. */
const END = 'END_OF_HOLDFAST_SCRIPT';

/**
 * A script for `sh -s`, as root: makes the account, its folders and our scripts. Each script is put in place whole, so that a
 * preparation that was killed is completed by the next.
 */
export const preparation = (): string => `set -eu
umask 022
if ! id -u ${ACCOUNT} > /dev/null 2>&1; then
  useradd --system --user-group --home-dir ${DATA_DIRECTORY} --no-create-home --shell /usr/sbin/nologin ${ACCOUNT} || id -u ${ACCOUNT} > /dev/null
fi
mkdir -p ${SCRIPTS_DIRECTORY} ${ROOT_DIRECTORY} ${WANTED_DIRECTORY}
[ -d ${DATA_DIRECTORY} ] || mkdir -m 700 ${DATA_DIRECTORY}
[ "$(stat -c %U ${DATA_DIRECTORY})" = ${ACCOUNT} ] || chown ${ACCOUNT}:${ACCOUNT} ${DATA_DIRECTORY}
${Object.entries(SCRIPTS).map(([name, text]) => installing(`${SCRIPTS_DIRECTORY}/${name}`, text)).join('')}`;

const installing = (path: string, text: string): string => `if ! [ -f ${path} ]; then
  cat > ${path}.$$ << '${END}'
${text.trimEnd()}
${END}
  mv ${path}.$$ ${path}
fi
`;
