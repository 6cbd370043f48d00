import { DEFAULT_PORTS, port, readConfiguration, type Configuration } from '@holdfast/infra/configuration';

export interface StackPorts {
  readonly api: number;
  readonly temporal: number;
  readonly temporalUi: number;
  readonly eventStore: number;
}

/** Where one stack lies and listens, and the environment that all its processes share. */
export interface StackPlaces {
  readonly repository: string;
  readonly home: string;
  readonly tools: string;
  readonly ports: StackPorts;
  /** Temporal's namespace. */
  readonly namespace: string;
  readonly configuration: Configuration;
  /** The caller's environment, with home and tools made explicit: every process answers alike where they are. */
  readonly env: NodeJS.ProcessEnv;
  /** The environment names a Temporal or an event store that others run. */
  readonly elsewhere: { readonly temporal: boolean; readonly eventStore: boolean };
}

/** Throws ConfigurationError. */
export const stackPlaces = (env: NodeJS.ProcessEnv, repository: string): StackPlaces => {
  const configuration = readConfiguration(env, repository);
  // Set by test runners and package managers for themselves; services would take them as meant for them.
  const { NODE_ENV: _, JEST_WORKER_ID: __, NODE_OPTIONS: ___, ...inherited } = env;
  return {
    repository,
    home: configuration.home,
    tools: configuration.tools,
    ports: {
      api: configuration.api.port,
      temporal: port('HOLDFAST_TEMPORAL_PORT', env, DEFAULT_PORTS.temporal),
      temporalUi: port('HOLDFAST_TEMPORAL_UI_PORT', env, DEFAULT_PORTS.temporalUi),
      eventStore: port('HOLDFAST_EVENT_STORE_PORT', env, DEFAULT_PORTS.eventStore),
    },
    namespace: configuration.temporal.namespace,
    configuration,
    env: { ...inherited, HOLDFAST_HOME: configuration.home, HOLDFAST_TOOLS: configuration.tools },
    elsewhere: { temporal: env['TEMPORAL_ADDRESS'] !== undefined, eventStore: env['HOLDFAST_EVENT_STORE_URL'] !== undefined },
  };
};

/** An environment for a stack of its own, beside any other on this machine. */
export const isolatedEnvironment = (home: string, ports: StackPorts, base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(base).filter(([name]) => !name.startsWith('HOLDFAST_') && !name.startsWith('TEMPORAL_'))),
  ...(base['HOLDFAST_TOOLS'] === undefined ? {} : { HOLDFAST_TOOLS: base['HOLDFAST_TOOLS'] }),
  HOLDFAST_HOME: home,
  HOLDFAST_API_PORT: String(ports.api),
  HOLDFAST_TEMPORAL_PORT: String(ports.temporal),
  HOLDFAST_TEMPORAL_UI_PORT: String(ports.temporalUi),
  HOLDFAST_EVENT_STORE_PORT: String(ports.eventStore),
});
