/** The users that every cluster's servers have. Their passwords are secrets: see `secretReference`. */
export const LOGINS = {
  superuser: { user: 'holdfast' },
  replication: { user: 'holdfast_replication' },
  application: { user: 'app', database: 'app' },
} as const;

export type LoginKind = keyof typeof LOGINS;

/** Reference of a login's password; may stand in facts, histories and logs. */
export const secretReference = (clusterId: string, login: LoginKind): string => `${secretPrefix(clusterId)}${login}`;

/** What all secrets of a cluster begin with. */
export const secretPrefix = (clusterId: string): string => `cluster/${clusterId}/`;
