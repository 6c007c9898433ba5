import type { Context, MiddlewareHandler } from 'hono';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { AppEnv, AuthenticatedNode, NodeEnv, PlayerEnv } from './context.ts';

/** The token of `Authorization: Bearer` (RFC 6750), or undefined. */
export function bearerToken(c: Context): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

/** Lets through who shows a player's access token. `verify` is the accounts folder's. */
export function requirePlayer(
  verify: (services: AppEnv['Variables']['services'], token: string) => Promise<AccessClaims>,
): MiddlewareHandler<PlayerEnv> {
  return async (c, next) => {
    const token = bearerToken(c);
    if (token === undefined) throw new NearcadeError('unauthenticated');
    c.set('player', await verify(c.get('services'), token));
    await next();
  };
}

/** Lets through who shows a node's own token. `find` is the fleet folder's. */
export function requireNode(
  find: (services: AppEnv['Variables']['services'], token: string) => Promise<AuthenticatedNode>,
): MiddlewareHandler<NodeEnv> {
  return async (c, next) => {
    const token = bearerToken(c);
    if (token === undefined) throw new NearcadeError('node_unknown');
    c.set('node', await find(c.get('services'), token));
    await next();
  };
}
