import { z } from 'zod';
import { platformSettingsSchema } from './admin-platform.ts';
import { endpoint } from './endpoint.ts';
import { jwksSchema } from './fleet.ts';

/** What the Worker works with, as the public may know of it: Postgres, Redis, the store of saved games. */
export type ReadinessPart = 'database' | 'redis' | 'saves';

/** What belongs to no capability. */
export const serviceApi = {
  jwks: endpoint({
    tag: 'Service',
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'Public keys of tickets and access tokens: a JSON Web Key Set (RFC 7517)',
    access: 'public',
    response: jwksSchema,
  }),
  health: endpoint({
    tag: 'Service',
    method: 'get',
    path: '/healthz',
    summary: 'Whether the Worker runs and its configuration is valid',
    access: 'public',
    response: z.object({
      status: z.literal('ok'),
      /** The Worker's version that has answered, where Cloudflare says it: a deploy looks whether it is the one it asked for. */
      version: z.string().optional(),
    }),
  }),
  ready: endpoint({
    tag: 'Service',
    method: 'get',
    path: '/readyz',
    summary:
      'Whether the Worker reaches what it works with, seconds ago at most. 503 `unavailable` when not: `details.parts` names `database`, `redis` or `saves`',
    access: 'public',
    response: z.object({ status: z.literal('ok'), version: z.string().optional() }),
  }),
  status: endpoint({
    tag: 'Service',
    method: 'get',
    path: '/v1/status',
    summary: 'Whether the platform is in maintenance, and what players are told of it',
    access: 'public',
    response: platformSettingsSchema.pick({ maintenance: true, maintenanceText: true }),
  }),
} as const;
