import { LOGINS, secretReference, type EngineCredentials, type LoginKind, type Secrets } from '@holdfast/domain';

/** The passwords of a cluster's users, made where there are none. They live in this process's memory for one call. */
export const ensureCredentials = async (secrets: Secrets, clusterId: string): Promise<EngineCredentials> => {
  const passwordOf = (login: LoginKind): Promise<string> => secrets.ensure(secretReference(clusterId, login));
  const [superuser, replication, application] = await Promise.all([passwordOf('superuser'), passwordOf('replication'), passwordOf('application')]);
  return {
    superuser: { ...LOGINS.superuser, password: superuser },
    replication: { ...LOGINS.replication, password: replication },
    application: { ...LOGINS.application, password: application },
  };
};
