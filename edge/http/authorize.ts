import type { Context } from 'hono';
import { knownAccessToken, verifyAccessToken } from '#edge/accounts/access-tokens.ts';
import { requirePermission } from '#edge/accounts/permissions.ts';
import { findNode } from '#edge/fleet/nodes.ts';
import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { Access } from '#shared/api/endpoint.ts';
import { NearcadeError } from '#shared/errors.ts';
import { LIVE_TOKEN_PREFIX } from '#shared/live-protocol.ts';
import type { Permission } from '#shared/roles.ts';
import type { AppEnv, AuthenticatedNode } from './context.ts';
import { isOneOf } from './secrets.ts';

/** Of what nobody who has a token of ours sends. */
const HEADER_MAX_CHARS = 4096;

export interface Caller {
  player?: AccessClaims;
  node?: AuthenticatedNode;
}

/**
 * The token of `Authorization: Bearer` (RFC 6750), whatever its characters, or undefined. On a WebSocket, for which a browser sets no headers, it may
 * be a subprotocol instead (shared/live-protocol.ts).
 */
export function bearerToken(c: Context): string | undefined {
  const header = c.req.header('authorization');
  if (header !== undefined && header.length <= HEADER_MAX_CHARS && /^Bearer ./i.test(header)) {
    return header.slice('Bearer '.length);
  }
  if (c.req.header('upgrade') === undefined) return undefined;
  const offered = (c.req.header('sec-websocket-protocol') ?? '').slice(0, 4096).split(/ *, */);
  return offered.find(name => name.startsWith(LIVE_TOKEN_PREFIX))?.slice(LIVE_TOKEN_PREFIX.length);
}

/**
 * Who calls, if they may. Throws `unauthenticated`, `token_expired`, `forbidden` or `node_unknown`. A player's token is
 * checked without any store, and at once when this isolate knows it; a permission against the role that Postgres has now. `mayBeRemembered`: as
 * `EndpointSpec.remembered`.
 */
export function authorize(
  c: Context<AppEnv>,
  access: Access,
  mayBeRemembered = false,
): Caller | Promise<Caller> {
  const services = c.get('services');
  const token = bearerToken(c);
  switch (access) {
    case 'public':
    case 'refresh':
    case 'webhook':
      return {};
    case 'registration':
      if (token === undefined || !isOneOf(token, services.settings.NODE_REGISTRATION_KEY)) {
        throw new NearcadeError('node_unknown', "The fleet's registration key is wrong or missing");
      }
      return {};
    case 'node':
      if (token === undefined) throw new NearcadeError('node_unknown');
      return authorizeNode(services, token, mayBeRemembered);
    default: {
      if (token === undefined) throw new NearcadeError('unauthenticated');
      const known = access === 'player' ? knownAccessToken(services, token) : undefined;
      return known === undefined ? authorizePlayer(services, token, access) : { player: known };
    }
  }
}

function authorizeNode(services: Services, token: string, mayBeRemembered: boolean) {
  const known = mayBeRemembered ? services.knownNodes.get(token, services.now()) : undefined;
  return known === undefined ? findNode(services, token).then(node => ({ node })) : { node: known };
}

async function authorizePlayer(services: Services, token: string, access: 'player' | Permission) {
  const player = await verifyAccessToken(services, token);
  if (access !== 'player') await requirePermission(services, player, access);
  return { player };
}
