import type { Context } from 'hono';
import { verifyAccessToken } from '#edge/accounts/access-tokens.ts';
import { requirePermission } from '#edge/accounts/permissions.ts';
import { findNode } from '#edge/fleet/nodes.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { Access } from '#shared/api/endpoint.ts';
import { NearcadeError } from '#shared/errors.ts';
import { LIVE_TOKEN_PREFIX } from '#shared/live-protocol.ts';
import type { AppEnv, AuthenticatedNode } from './context.ts';
import { sameSecret } from './secrets.ts';

export interface Caller {
  player?: AccessClaims;
  node?: AuthenticatedNode;
}

/**
 * The token of `Authorization: Bearer` (RFC 6750), or undefined. On a WebSocket, for which a browser sets no headers, it may
 * be a subprotocol instead (shared/live-protocol.ts).
 */
export function bearerToken(c: Context): string | undefined {
  const token = /^Bearer ([\w.~+/=-]{1,4096})$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (token !== undefined || c.req.header('upgrade') === undefined) return token;
  const offered = (c.req.header('sec-websocket-protocol') ?? '').slice(0, 4096).split(/ *, */);
  return offered.find(name => name.startsWith(LIVE_TOKEN_PREFIX))?.slice(LIVE_TOKEN_PREFIX.length);
}

/**
 * Who calls, if they may. Throws `unauthenticated`, `token_expired`, `forbidden` or `node_unknown`. A player's token is
 * checked without any store; a permission against the role that Postgres has now.
 */
export async function authorize(c: Context<AppEnv>, access: Access): Promise<Caller> {
  const services = c.get('services');
  const token = bearerToken(c);
  switch (access) {
    case 'public':
    case 'refresh':
    case 'webhook':
      return {};
    case 'registration':
      if (token === undefined || !sameSecret(token, services.settings.NODE_REGISTRATION_KEY)) {
        throw new NearcadeError('node_unknown', "The fleet's registration key is wrong or missing");
      }
      return {};
    case 'node':
      if (token === undefined) throw new NearcadeError('node_unknown');
      return { node: await findNode(services, token) };
    default: {
      if (token === undefined) throw new NearcadeError('unauthenticated');
      const player = await verifyAccessToken(services, token);
      if (access !== 'player') await requirePermission(services, player, access);
      return { player };
    }
  }
}
