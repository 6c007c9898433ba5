import { z } from 'zod';
import { clientNameSchema, clientVersionSchema } from '../client-version.ts';
import { actBody, actBodySchema, adminActs, adminReads } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './page.ts';
import { proseSchema } from './text.ts';

/** Words that all players read. */
const noticeSchema = proseSchema(500);

export const platformSettingsSchema = z.object({
  /** New sessions and sign-ins are refused and queues stand still; sessions that run go on. Staff comes in all the same. */
  maintenance: z.boolean(),
  maintenanceText: z.string().nullable(),
  /** Only who is on the allow list, and staff, comes in. */
  allowOnly: z.boolean(),
  /** The oldest version of each client that is served. */
  minimumVersions: z.record(z.string(), z.string()),
});
export type PlatformSettings = z.infer<typeof platformSettingsSchema>;

export const accessListSchema = z.enum(['allow', 'deny']);

/** Addresses: one, or a range in CIDR notation (RFC 4632, RFC 4291). */
export const addressRangeSchema = z
  .string()
  .max(64)
  .refine(
    text => [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()].some(schema => schema.safeParse(text).success),
    'an IP address, or a range such as 192.0.2.0/24',
  );

export const accessRuleSchema = z.object({
  id: z.uuid(),
  list: accessListSchema,
  /** One of the two. */
  range: z.string().nullable(),
  userId: z.uuid().nullable(),
  reason: z.string(),
  createdAt: z.iso.datetime(),
});
export type AccessRule = z.infer<typeof accessRuleSchema>;

const subjectOf = z
  .object({
    ...actBody,
    list: accessListSchema,
    range: addressRangeSchema.optional(),
    userId: z.uuid().optional(),
  })
  .refine(
    ({ range, userId }) => (range === undefined) !== (userId === undefined),
    'give a range or an account',
  );

export const adminPlatformApi = {
  settings: endpoint({
    ...adminReads,
    path: '/v1/admin/platform',
    summary: 'Maintenance, allow-only mode and minimum versions as they are set',
    response: platformSettingsSchema,
  }),
  announce: endpoint({
    ...adminActs,
    path: '/v1/admin/announcements',
    summary: 'Say something to every player who is connected, or to those of one region',
    body: z.object({
      ...actBody,
      text: noticeSchema.min(1),
      level: z.enum(['info', 'warning']).default('info'),
      region: z.string().min(1).max(32).optional(),
    }),
  }),
  maintenance: endpoint({
    ...adminActs,
    path: '/v1/admin/platform/maintenance',
    summary:
      'Begin or end maintenance: players are told, no session or sign-in begins, queues keep their order, what runs goes on',
    body: z.object({ ...actBody, on: z.boolean(), text: noticeSchema.min(1).nullable().default(null) }),
  }),
  minimumVersion: endpoint({
    ...adminActs,
    path: '/v1/admin/platform/minimum-version',
    summary: 'Refuse versions of a client below this one: they are told to update. Null: serve them all',
    body: z.object({ ...actBody, client: clientNameSchema, minimum: clientVersionSchema.nullable() }),
  }),
  allowOnly: endpoint({
    ...adminActs,
    path: '/v1/admin/platform/allow-only',
    summary: 'Let in only who is on the allow list, or everybody who is not denied',
    body: z.object({ ...actBody, on: z.boolean() }),
  }),
  rules: endpoint({
    ...adminReads,
    path: '/v1/admin/access-rules',
    summary: 'The allow list and the deny list, newest first',
    query: z.object({ ...pageQuery, list: accessListSchema.optional() }),
    response: pageOf(accessRuleSchema),
  }),
  addRule: endpoint({
    ...adminActs,
    path: '/v1/admin/access-rules',
    summary: 'Put a range of addresses or an account on a list',
    body: subjectOf,
  }),
  removeRule: endpoint({
    ...adminActs,
    path: '/v1/admin/access-rules/{ruleId}/removal',
    summary: 'Take a range or an account off its list',
    params: z.object({ ruleId: z.uuid() }),
    body: actBodySchema,
  }),
} as const;
