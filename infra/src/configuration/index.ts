import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { digestOf, resolveHome } from './home.js';

export * from './home.js';

/** Where everything is, for every process of Holdfast; read from the environment, see docs/configuration.md. */
export interface Configuration {
  /** State of this installation: machines, keys, logs. Absolute. */
  readonly home: string;
  /** Tells this installation's machines from those of another one on the same Docker or host; made from the home's path. */
  readonly installation: string;
  /** Programs installed by `./holdfast up`. Absolute. */
  readonly tools: string;
  readonly keys: KeyFiles;
  /** postgresql:// of the event store and the read models, with its password: never to be logged. */
  readonly eventStoreUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly api: { readonly host: string; readonly port: number; readonly url: string };
  /** File with the token that the command line uses. */
  readonly tokenFile: string;
  /** Root of the `local` provider's machines. */
  readonly machinesDirectory: string;
}

export interface KeyFiles {
  /** AES-256 key that wraps the keys of secrets. */
  readonly secrets: string;
  /** AES-256 key of Temporal payloads. */
  readonly codec: string;
  /** Ed25519 private key that signs answers to operations; the API's alone. */
  readonly answerSigning: string;
  /** Its public half, for workers. */
  readonly answerVerifying: string;
}

/** Ports of the parts that `./holdfast up` starts, all on 127.0.0.1. */
export const DEFAULT_PORTS = { api: 7400, temporal: 7401, temporalUi: 7402, eventStore: 7403 } as const;

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Throws ConfigurationError that names the variable, what was given and what is allowed.
 * @param repository folder of the checkout, whose `.holdfast` is the default home
 */
export const readConfiguration = (env: NodeJS.ProcessEnv, repository: string): Configuration => {
  const places = resolveHome(repository);
  const home = path(env['HOLDFAST_HOME'] || places.home);
  const tools = path(env['HOLDFAST_TOOLS'] || places.tools);
  const keys = join(home, 'keys');
  const host = env['HOLDFAST_API_HOST'] ?? '127.0.0.1';
  const apiPort = port('HOLDFAST_API_PORT', env, DEFAULT_PORTS.api);
  return {
    home,
    installation: digestOf(home),
    tools,
    keys: {
      secrets: join(keys, 'secrets.key'),
      codec: join(keys, 'codec.key'),
      answerSigning: join(keys, 'answer-signing.key'),
      answerVerifying: join(keys, 'answer-signing.pub'),
    },
    eventStoreUrl: env['HOLDFAST_EVENT_STORE_URL'] || embeddedStoreUrl(home, port('HOLDFAST_EVENT_STORE_PORT', env, DEFAULT_PORTS.eventStore)),
    temporal: {
      address: env['TEMPORAL_ADDRESS'] ?? `127.0.0.1:${port('HOLDFAST_TEMPORAL_PORT', env, DEFAULT_PORTS.temporal)}`,
      namespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
    },
    api: { host, port: apiPort, url: env['HOLDFAST_API_URL'] ?? `http://${host}:${apiPort}` },
    tokenFile: path(env['HOLDFAST_TOKEN_FILE'] ?? join(home, 'admin-token')),
    machinesDirectory: path(env['HOLDFAST_MACHINES'] ?? join(home, 'local')),
  };
};

/** Folder of the embedded event store; its generated password lies there once it was initialised. */
export const embeddedStoreDirectory = (home: string): string => join(home, 'event-store');

const embeddedStoreUrl = (home: string, storePort: number): string => {
  const file = join(embeddedStoreDirectory(home), 'password');
  const login = existsSync(file) ? `holdfast:${readFileSync(file, 'utf8').trim()}@` : '';
  return `postgresql://${login}127.0.0.1:${storePort}/holdfast`;
};

const path = (text: string): string => {
  const expanded = text.startsWith('~/') ? join(homedir(), text.slice(2)) : text;
  return isAbsolute(expanded) ? expanded : resolve(expanded);
};

export const port = (name: string, env: NodeJS.ProcessEnv, fallback: number): number => {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) {
    throw new ConfigurationError(`${name} is ${JSON.stringify(text)}; a port is a whole number from 1 to 65535.`);
  }
  return value;
};
