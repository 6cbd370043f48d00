import { unprivilegedUser } from '../../toolchain/system-user.js';
import type { UserIds } from './machine-place.js';

/** The unprivileged user that machines' programs run as, found or made when we are root; undefined when we are not. */
export const systemUser = async (name?: string): Promise<UserIds | undefined> => unprivilegedUser(name);
