import type { FactMetadata, HostCheck, RegisteredHost, Secrets } from '@holdfast/domain';

/** What the routes of hosts need of the outside. */
export interface HostDoor {
  readonly secrets: Pick<Secrets, 'put' | 'destroy'>;
  /** Looks at the host over SSH and records what was found, with the key pinned or compared. Throws HostRefused. */
  readonly check: (host: RegisteredHost, meta: FactMetadata, agreedKey?: string) => Promise<HostCheck>;
}

export const HOST_DOOR = Symbol('HostDoor');
