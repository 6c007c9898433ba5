import { z } from 'zod';
import { PARTY_STATES } from '../lifecycles/social.ts';
import { endpoint } from './endpoint.ts';
import { playerRefSchema } from './friends.ts';
import { presenceSchema } from './presence.ts';

/** Players of one party at most: as many as the largest game seats by far, few enough to be asked at once. */
export const MAX_PARTY_MEMBERS = 16;
/** A party's size unless its leader says otherwise. */
export const PARTY_SIZE = 8;

/** Eight letters and digits, typed in either case. Parsed: as it is stored. */
export const partyCodeSchema = z
  .string()
  .max(20)
  .transform(code =>
    code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1'),
  )
  .refine(code => /^[0-9A-HJKMNP-TV-Z]{8}$/.test(code), 'eight letters and digits');

export const partyMemberSchema = z.object({
  user: playerRefSchema,
  /** ISO 8601. */
  joinedAt: z.string(),
  /** Whether they have said yes to the ready check that runs or has agreed. */
  ready: z.boolean(),
  /** Null when presence is not available. */
  presence: presenceSchema.nullable(),
});
export type PartyMember = z.infer<typeof partyMemberSchema>;

export const partySchema = z.object({
  id: z.uuid(),
  /** What others join with. */
  code: z.string(),
  leaderId: z.uuid(),
  maxMembers: z.int(),
  state: z.enum(PARTY_STATES),
  /** Of the ready check that runs or was the last; 0 before the first. */
  round: z.int().nonnegative(),
  /**
   * ISO 8601. `checking`: until when to answer; `ready`: until when the leader may start; `starting`: until when members
   * may ask for their place. Null in other states.
   */
  until: z.string().nullable(),
  /** What is started, or was the last; null before. */
  game: z.string().nullable(),
  /** The longest there first. */
  members: z.array(partyMemberSchema),
  /** Who has been invited and has not answered. */
  invited: z.array(playerRefSchema),
});
export type Party = z.infer<typeof partySchema>;

export const partyInviteSchema = z.object({
  partyId: z.uuid(),
  from: playerRefSchema,
  members: z.int().positive(),
  maxMembers: z.int().positive(),
  expiresAt: z.string(),
});
export type PartyInvite = z.infer<typeof partyInviteSchema>;

const parties = { tag: 'Parties', access: 'player' } as const;
const params = z.object({ id: z.uuid() });
const memberParams = z.object({ id: z.uuid(), userId: z.uuid() });

export const partiesApi = {
  create: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties',
    summary: 'Make a party with me as its leader',
    idempotent: true,
    body: z.object({ maxMembers: z.int().min(2).max(MAX_PARTY_MEMBERS).default(PARTY_SIZE) }),
    status: 201,
    response: partySchema,
  }),
  current: endpoint({
    ...parties,
    method: 'get',
    path: '/v1/parties/current',
    summary: 'The party that I am in, or null',
    revalidate: true,
    response: z.object({ party: partySchema.nullable() }),
  }),
  invites: endpoint({
    ...parties,
    method: 'get',
    path: '/v1/parties/invites',
    summary: 'Parties that I am invited to',
    revalidate: true,
    response: z.object({ items: z.array(partyInviteSchema) }),
  }),
  join: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/join',
    summary: 'Join a party by its code',
    body: z.object({ code: partyCodeSchema }),
    response: partySchema,
  }),
  get: endpoint({
    ...parties,
    method: 'get',
    path: '/v1/parties/{id}',
    summary: 'A party that I am in',
    revalidate: true,
    params,
    response: partySchema,
  }),
  invite: endpoint({
    ...parties,
    method: 'put',
    path: '/v1/parties/{id}/invites/{userId}',
    summary: 'Invite a player; once more makes it last longer',
    params: memberParams,
  }),
  accept: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/{id}/accept',
    summary: 'Join a party that I am invited to',
    params,
    response: partySchema,
  }),
  decline: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/{id}/decline',
    summary: 'Turn an invitation down',
    params,
  }),
  leave: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/{id}/leave',
    summary: 'Leave; the longest there leads then, and the last one ends the party',
    params,
  }),
  kick: endpoint({
    ...parties,
    method: 'delete',
    path: '/v1/parties/{id}/members/{userId}',
    summary: 'Put a member out, as the leader; the party gets a new code',
    params: memberParams,
    response: partySchema,
  }),
  promote: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/{id}/leader',
    summary: 'Let another member lead, as the leader',
    params,
    body: z.object({ userId: z.uuid() }),
    response: partySchema,
  }),
  check: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/{id}/ready-check',
    summary: 'Ask every member whether they are ready, as the leader, who is',
    params,
    response: partySchema,
  }),
  answer: endpoint({
    ...parties,
    method: 'put',
    path: '/v1/parties/{id}/ready-check/{round}',
    summary: 'Say whether I am ready; a no ends the ready check',
    params: z.object({ id: z.uuid(), round: z.coerce.number().int().positive().max(1_000_000_000) }),
    body: z.object({ ready: z.boolean() }),
    response: partySchema,
  }),
  start: endpoint({
    ...parties,
    method: 'post',
    path: '/v1/parties/{id}/start',
    summary:
      'Start a game together, as the leader of a party that is ready: each member then asks for a session by party',
    params,
    body: z.object({ game: z.string().min(1).max(64) }),
    response: partySchema,
  }),
} as const;
