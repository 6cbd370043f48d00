import type { ServiceSpec } from '@holdfast/domain';
import { ACCOUNT, BASE_ENVIRONMENT, DATA_DIRECTORY, WANTED_DIRECTORY } from './debian-place.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Throws for what is no name. */
export const unitName = (service: string): string => {
  if (!NAME.test(service)) throw new Error(`${JSON.stringify(service)} is not the name of a service: lower-case letters, digits and hyphens.`);
  return `holdfast-${service}.service`;
};

/**
 * One word of a unit's line (systemd.syntax(7), systemd.service(5) "COMMAND LINES"): in double quotes with escapes for what would
 * end it, `%` doubled against specifiers, and `$` doubled against variables where these are replaced.
 */
export const quoteForUnit = (word: string, where: 'command' | 'environment'): string => {
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    // eslint-disable-next-line no-control-regex -- they would end the line, or the unit.
    .replace(/[\u0001-\u001f\u007f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${where === 'command' ? escaped.replaceAll('$', '$$$$') : escaped}"`;
};

/**
 * The unit of a service. Restarted for ever, a second after its end; whatever of it is left when its program ends is killed
 * (`KillMode=mixed`), so that no second copy starts beside the rest of the first. Where the machine shuts down, it is asked to
 * stop and has 90 s for that, systemd's own default.
 */
export const unitFile = (spec: ServiceSpec): string => {
  const environment = Object.entries({ ...BASE_ENVIRONMENT, ...spec.env }).map(([key, value]) => `Environment=${quoteForUnit(`${key}=${value}`, 'environment')}`);
  return `${[
    '[Unit]',
    `Description=Holdfast service ${spec.name}`,
    'After=network-online.target',
    'Wants=network-online.target',
    `ConditionPathExists=${WANTED_DIRECTORY}/${spec.name}`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `User=${ACCOUNT}`,
    `Group=${ACCOUNT}`,
    `WorkingDirectory=${DATA_DIRECTORY}`,
    ...environment,
    `ExecStart=${spec.argv.map((word) => quoteForUnit(word, 'command')).join(' ')}`,
    `KillSignal=${spec.stopSignal}`,
    'KillMode=mixed',
    'TimeoutStopSec=90',
    'Restart=always',
    'RestartSec=1',
    'LimitNOFILE=65536',
    // Nothing of a server's last words is left out.
    'LogRateLimitIntervalSec=0',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ].join('\n')}\n`;
};
