import type { AuthenticatedToken } from '@holdfast/infra/access';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';
import { permissionOf, routeKey, type Permission } from './permissions.js';

/** Answers who a token speaks for; undefined when it is not valid. */
export type Authenticate = (token: string) => Promise<AuthenticatedToken | undefined>;

/**
 * Checks every request before its body is read, so that a stranger's body costs nothing. A hook of the server and not a guard of Nest:
 * it also stands before routes that are no controller's.
 */
export const addAccessHook = (server: FastifyInstance, authenticate: Authenticate): void => {
  server.addHook('onRequest', async (request) => {
    const url = request.routeOptions.url;
    // No route: the answer is 404, for everybody the same.
    if (url === undefined) return;
    const permission = permissionOf(routeKey(request.method, url));
    if (permission === 'public') return;
    if (permission === undefined) throw forbidden('This route names no permission.');
    const given = bearerOf(request);
    request.token = await tokenOf(given, authenticate);
    request.stillAllowed = async () => {
      const token = await authenticate(given);
      return token !== undefined && allows(token, permission);
    };
    if (!allows(request.token, permission)) throw forbidden(`The token does not have the permission ${permission}.`);
  });
};

const BEARER = /^Bearer +(\S+)$/i;

const bearerOf = (request: FastifyRequest): string => {
  const given = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) throw unauthenticated('Send a token: Authorization: Bearer hf_pat_….', '');
  return given;
};

const tokenOf = async (given: string, authenticate: Authenticate): Promise<AuthenticatedToken> => {
  const token = await authenticate(given);
  if (token === undefined) throw unauthenticated('The token is unknown, expired or revoked.', ', error="invalid_token"');
  return token;
};

/** Roles come later; today a token may do all, or what its scope lists. */
const allows = (token: AuthenticatedToken, permission: Permission): boolean => token.permissions?.includes(permission) ?? true;

const unauthenticated = (detail: string, parameters: string): Problem =>
  new Problem(401, 'unauthenticated', detail, {}, { 'www-authenticate': `Bearer realm="holdfast"${parameters}` });
const forbidden = (detail: string): Problem => new Problem(403, 'forbidden', detail);
