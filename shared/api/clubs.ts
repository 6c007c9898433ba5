import { z } from 'zod';
import {
  type CLUB_STANDING_EVENTS,
  clubRoleSchema,
  clubStandingSchema,
  MAX_CLUB_MEMBERS,
  MAX_CLUB_TABLES,
  tablePayerSchema,
} from '../clubs.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery, pageQuerySchema } from './page.ts';
import { sessionSchema } from './play.ts';
import { presenceSchema } from './presence.ts';
import { lineSchema, proseSchema } from './text.ts';

export const clubNumberSchema = z.string().regex(/^[1-9]\d{6}$/, 'seven digits');
export const clubNameSchema = lineSchema(2, 40);
const noticeSchema = proseSchema(500);
const memberLimitSchema = z.int().min(1).max(MAX_CLUB_MEMBERS);

export const clubSchema = z.object({
  id: z.uuid(),
  number: clubNumberSchema,
  name: z.string(),
  owner: z.object({ id: z.uuid(), displayName: z.string() }),
  members: z.int().positive(),
  memberLimit: memberLimitSchema,
  /** What the club tells its members; null to anybody else. */
  notice: z.string().nullable(),
  /** How the caller stands with it. */
  standing: clubStandingSchema,
  /** The caller's role; null to who is no member. */
  role: clubRoleSchema.nullable(),
  createdAt: z.string(),
});
export type Club = z.infer<typeof clubSchema>;

export const createClubRequestSchema = z.object({
  name: clubNameSchema,
  notice: noticeSchema.default(''),
  memberLimit: memberLimitSchema.default(100),
});

export const changeClubRequestSchema = z
  .object({
    name: clubNameSchema.optional(),
    notice: noticeSchema.optional(),
    memberLimit: memberLimitSchema.optional(),
  })
  .refine(body => Object.values(body).some(value => value !== undefined), 'give what is to change');

/** By number, or by the beginning of the name; exactly one of the two. */
const searchQuerySchema = z.object({
  number: clubNumberSchema.optional(),
  name: lineSchema(2, 40).optional(),
  ...pageQuery,
});

/** What players do about their own standing. */
export const OWN_STANDING_EVENTS = ['apply', 'withdraw', 'accept', 'refuse', 'leave'] as const;
/** What officers do about somebody else's. */
export const OFFICER_STANDING_EVENTS = [
  'invite',
  'uninvite',
  'approve',
  'decline',
  'kick',
  'ban',
  'unban',
] as const satisfies ReadonlyArray<(typeof CLUB_STANDING_EVENTS)[number]>;

export const ownStandingRequestSchema = z.object({
  event: z.enum(OWN_STANDING_EVENTS),
  /** To the officers, with an application. */
  message: lineSchema(0, 200).default(''),
});

export const officerStandingRequestSchema = z.object({
  event: z.enum(OFFICER_STANDING_EVENTS),
  /** Told to who is kicked or banned. */
  reason: lineSchema(0, 200).default(''),
});

export const standingSchema = z.object({
  clubId: z.uuid(),
  userId: z.uuid(),
  standing: clubStandingSchema,
  role: clubRoleSchema.nullable(),
});
export type Standing = z.infer<typeof standingSchema>;

export const memberSchema = z.object({
  userId: z.uuid(),
  displayName: z.string(),
  role: clubRoleSchema,
  since: z.string(),
  /** Null when they are offline, or it can't be told. */
  presence: presenceSchema.nullable(),
});

/** Somebody who is no member: applied, was invited, declined or banned. */
export const candidateSchema = z.object({
  userId: z.uuid(),
  displayName: z.string(),
  standing: clubStandingSchema,
  message: z.string(),
  since: z.string(),
});

const tableNumberSchema = z.int().min(1).max(MAX_CLUB_TABLES);

export const createTableRequestSchema = z.object({
  /** The lowest free one when left out. */
  number: tableNumberSchema.optional(),
  game: lineSchema(1, 64),
  /** All that the game has when left out. */
  seats: z.int().min(1).max(64).optional(),
  payer: tablePayerSchema.default('host'),
});

export const changeTableRequestSchema = z.object({
  game: lineSchema(1, 64),
  seats: z.int().min(1).max(64).optional(),
  payer: tablePayerSchema,
});

export const clubTableSchema = z.object({
  id: z.uuid(),
  clubId: z.uuid(),
  number: tableNumberSchema,
  game: z.string(),
  seats: z.int().positive(),
  payer: tablePayerSchema,
  /** What is played there now. */
  session: z
    .object({
      id: z.uuid(),
      state: sessionSchema.shape.state,
      players: z.array(z.object({ userId: z.uuid(), displayName: z.string(), seat: z.int().positive() })),
      spectators: z.int().nonnegative(),
    })
    .nullable(),
  freeSeats: z.int().nonnegative(),
});
export type ClubTable = z.infer<typeof clubTableSchema>;

const club = { tag: 'Clubs', access: 'player' } as const;
const clubParams = z.object({ id: z.uuid() });
const playerParams = z.object({ id: z.uuid(), userId: z.uuid() });
const tableParams = z.object({ id: z.uuid(), tableId: z.uuid() });

export const clubsApi = {
  create: endpoint({
    ...club,
    method: 'post',
    path: '/v1/clubs',
    summary: 'Found a club, as its owner',
    idempotent: true,
    body: createClubRequestSchema,
    status: 201,
    response: clubSchema,
  }),
  mine: endpoint({
    ...club,
    method: 'get',
    path: '/v1/clubs',
    summary: 'The clubs that I am in, have applied to or am invited to',
    revalidate: true,
    query: z.object({ standing: z.enum(['member', 'applied', 'invited']).default('member'), ...pageQuery }),
    response: pageOf(clubSchema),
  }),
  search: endpoint({
    ...club,
    method: 'get',
    path: '/v1/clubs/search',
    summary: 'Find clubs by number, or by the beginning of their name',
    query: searchQuerySchema,
    response: pageOf(clubSchema),
  }),
  get: endpoint({
    ...club,
    method: 'get',
    path: '/v1/clubs/{id}',
    summary: 'A club and how I stand with it',
    revalidate: true,
    params: clubParams,
    response: clubSchema,
  }),
  change: endpoint({
    ...club,
    method: 'patch',
    path: '/v1/clubs/{id}',
    summary: 'Change the notice (officers), the name or the number of places (owner)',
    params: clubParams,
    body: changeClubRequestSchema,
    response: clubSchema,
  }),
  disband: endpoint({
    ...club,
    method: 'post',
    path: '/v1/clubs/{id}/disband',
    summary: 'End the club for good (owner). Sessions at its tables go on',
    idempotent: true,
    params: clubParams,
    /** Typed in by the owner, so that no club is ended by a slip of the finger. */
    body: z.object({ number: clubNumberSchema }),
  }),
  members: endpoint({
    ...club,
    method: 'get',
    path: '/v1/clubs/{id}/members',
    summary: 'The members, the owner and the officers first',
    revalidate: true,
    params: clubParams,
    query: pageQuerySchema,
    response: pageOf(memberSchema),
  }),
  candidates: endpoint({
    ...club,
    method: 'get',
    path: '/v1/clubs/{id}/candidates',
    summary: 'Who has applied, was invited, declined or banned (officers), the longest first',
    params: clubParams,
    query: z.object({
      standing: z.enum(['applied', 'invited', 'declined', 'banned']).default('applied'),
      ...pageQuery,
    }),
    response: pageOf(candidateSchema),
  }),
  standing: endpoint({
    ...club,
    method: 'post',
    path: '/v1/clubs/{id}/standing',
    summary: 'Apply, withdraw, accept or refuse an invitation, leave',
    idempotent: true,
    params: clubParams,
    body: ownStandingRequestSchema,
    response: standingSchema,
  }),
  standingOf: endpoint({
    ...club,
    method: 'post',
    path: '/v1/clubs/{id}/players/{userId}/standing',
    summary: 'Invite, approve, decline, kick, ban or unban a player (officers)',
    idempotent: true,
    params: playerParams,
    body: officerStandingRequestSchema,
    response: standingSchema,
  }),
  role: endpoint({
    ...club,
    method: 'put',
    path: '/v1/clubs/{id}/players/{userId}/role',
    summary: 'Make a member an officer or not (owner); `owner` hands the club over',
    params: playerParams,
    body: z.object({ role: clubRoleSchema }),
    response: standingSchema,
  }),
  tables: endpoint({
    ...club,
    method: 'get',
    path: '/v1/clubs/{id}/tables',
    summary: 'The tables by number, with what is played there (members)',
    revalidate: true,
    params: clubParams,
    response: z.object({ tables: z.array(clubTableSchema) }),
  }),
  createTable: endpoint({
    ...club,
    method: 'post',
    path: '/v1/clubs/{id}/tables',
    summary: 'Set up a table (officers)',
    idempotent: true,
    params: clubParams,
    body: createTableRequestSchema,
    status: 201,
    response: clubTableSchema,
  }),
  changeTable: endpoint({
    ...club,
    method: 'put',
    path: '/v1/clubs/{id}/tables/{tableId}',
    summary: 'Change what is played at a table (officers); a running session goes on as it began',
    params: tableParams,
    body: changeTableRequestSchema,
    response: clubTableSchema,
  }),
  removeTable: endpoint({
    ...club,
    method: 'delete',
    path: '/v1/clubs/{id}/tables/{tableId}',
    summary: 'Take a table away (officers); a running session goes on',
    params: tableParams,
  }),
} as const;
