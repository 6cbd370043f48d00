/**
 * Every route and the permission it needs. The API does not start while it serves a route that is not listed here, or lists one that
 * it does not serve. Names are also the finest scopes of tokens; they stay when roles come.
 */
export const PERMISSIONS = {
  'GET /v1/catalogue/engines': 'catalogue.read',
  'GET /v1/catalogue/plans': 'catalogue.read',
  'GET /v1/catalogue/providers': 'catalogue.read',
  'GET /v1/clusters': 'cluster.read',
  'POST /v1/clusters': 'cluster.create',
  'GET /v1/clusters/{cluster}': 'cluster.read',
  'DELETE /v1/clusters/{cluster}': 'cluster.delete',
  'POST /v1/plans': 'cluster.plan',
  'POST /v1/clusters/{cluster}/plans': 'cluster.plan',
  'GET /v1/clusters/{cluster}/nodes': 'cluster.read',
  'POST /v1/clusters/{cluster}/nodes': 'node.add',
  'DELETE /v1/clusters/{cluster}/nodes/{node}': 'node.remove',
  'POST /v1/clusters/{cluster}/nodes/{node}/promote': 'node.promote',
  'GET /v1/nodes/{node}': 'cluster.read',
  'PUT /v1/clusters/{cluster}/settings': 'settings.protect',
  'GET /v1/clusters/{cluster}/credentials': 'credentials.read',
  'GET /v1/hosts': 'host.read',
  'POST /v1/hosts': 'host.write',
  'POST /v1/hosts/{host}/check': 'host.write',
  'DELETE /v1/hosts/{host}': 'host.write',
  'GET /v1/operations': 'operation.read',
  'GET /v1/operations/{operation}': 'operation.read',
  'POST /v1/operations/{operation}/cancel': 'operation.answer',
  'POST /v1/operations/{operation}/retry': 'operation.answer',
  'POST /v1/operations/{operation}/skip': 'operation.override',
  'POST /v1/operations/{operation}/abort': 'operation.override',
  'GET /v1/audit': 'audit.read',
  'GET /v1/facts/{stream}': 'audit.read',
  'GET /v1/events': 'cluster.read',
  'POST /v1/codec/decode': 'codec.decode',
  'POST /v1/codec/encode': 'codec.decode',
  'GET /v1/tokens': 'token.write',
  'POST /v1/tokens': 'token.write',
  'DELETE /v1/tokens/{token}': 'token.write',
  'GET /metrics': 'metrics.read',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /v1/openapi.json': 'public',
  'GET /docs': 'public',
  'GET /docs/': 'public',
  'GET /docs/*': 'public',
  'HEAD /docs/*': 'public',
  'GET /docs/index.html': 'public',
  'GET /docs/LICENSE': 'public',
  'GET /docs/swagger-ui-init.js': 'public',
  'GET /docs/docs/swagger-ui-init.js': 'public',
  /** Preflights of browsers carry no token; only the codec's routes answer another origin. */
  'OPTIONS *': 'public',
} as const satisfies Record<string, string>;

export type Permission = Exclude<(typeof PERMISSIONS)[keyof typeof PERMISSIONS], 'public'>;

export const ALL_PERMISSIONS: readonly string[] = [...new Set<string>(Object.values(PERMISSIONS))].filter((name) => name !== 'public').sort();

const TABLE: ReadonlyMap<string, Permission | 'public'> = new Map(Object.entries(PERMISSIONS));

/** `POST /v1/clusters/:cluster/nodes` → `POST /v1/clusters/{cluster}/nodes`. */
export const routeKey = (method: string, url: string): string => `${method} ${url.replaceAll(/:([A-Za-z]+)/g, '{$1}')}`;

/** What the route needs; undefined when it is not listed. */
export const permissionOf = (key: string): Permission | 'public' | undefined => TABLE.get(key);

/** Throws unless the routes served and the routes listed are the same. */
export const assertRoutesAreListed = (served: Iterable<string>): void => {
  const keys = new Set(served);
  const unlisted = [...keys].filter((key) => !TABLE.has(key));
  if (unlisted.length > 0) throw new Error(`Routes without a permission in access/permissions.ts: ${unlisted.join(', ')}.`);
  const missing = [...TABLE.keys()].filter((key) => !keys.has(key));
  if (missing.length > 0) throw new Error(`access/permissions.ts lists routes that are not served: ${missing.join(', ')}.`);
};
