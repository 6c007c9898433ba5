import { z } from 'zod';
import { platformSettingsSchema } from './admin-platform.ts';
import { endpoint } from './endpoint.ts';
import { jwksSchema } from './fleet.ts';

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
    response: z.object({ status: z.literal('ok') }),
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
