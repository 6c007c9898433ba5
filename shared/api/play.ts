import { z } from 'zod';
import { CHANNELS } from '../lifecycles/builds.ts';
import { endReasonSchema, sessionStateSchema } from '../lifecycles.ts';
import { roleSchema } from '../ticket.ts';
import { endpoint } from './endpoint.ts';
import { saveSlotSchema } from './saves.ts';

/** Six digits, said over the phone; never starts with 0. */
export const roomNumberSchema = z.string().regex(/^[1-9]\d{5}$/, 'six digits');
export const inviteCodeSchema = z.string().regex(/^[A-Za-z0-9_-]{16}$/, 'sixteen letters and digits');

export const regionSchema = z.string().min(1).max(32);

export const sessionSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  gameTitle: z.string(),
  state: sessionStateSchema,
  /** Null while it waits for a slot. */
  region: z.string().nullable(),
  roomNumber: roomNumberSchema,
  /** The secret part of the share link: `/join/<inviteCode>`. */
  inviteCode: inviteCodeSchema,
  seats: z.int().positive(),
  endReason: endReasonSchema.nullable(),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type Session = z.infer<typeof sessionSchema>;

/** A region with nodes that answer `ping` (shared/signal.ts) on a WebSocket without a hello: to measure how far it is. */
export const regionInfoSchema = z.object({ region: regionSchema, probes: z.array(z.string()) });
export type Region = z.infer<typeof regionInfoSchema>;

/** Regions that a client may have measured. */
const MAX_RTTS = 64;

/** Milliseconds of a round trip to each region that the client has measured. */
export const rttsSchema = z
  .record(regionSchema, z.number().min(0).max(60_000))
  .refine(rtts => Object.keys(rtts).length <= MAX_RTTS, `at most ${MAX_RTTS} regions`);

/** Above every price that a manifest may have. */
const MAX_AGREED_PRICE = 1_000_000_000;

/**
 * A game of one's own, or one with a group: every member of a party or at a club's table who asks gets the same session. Exactly
 * one of the three.
 */
export const createSessionRequestSchema = z
  .object({
    game: z.string().min(1).max(64).optional(),
    /** The party's id: the game is the one that its leader has started. */
    party: z.uuid().optional(),
    /** The table's id: the game is the table's. */
    table: z.uuid().optional(),
    /** Of `game`: which of its builds. */
    channel: z.enum(CHANNELS).optional(),
    /** Of `game`: the slot of my saves that it begins with and is kept in; one without a save begins anew. */
    saveSlot: saveSlotSchema.optional(),
    /** Of `game`: just this save of mine to begin with, whatever build wrote it. It is kept in the same slot. */
    saveId: z.uuid().optional(),
    /**
     * Credits that I have agreed to pay at most, a session or a minute as the game has it: what costs more is refused with `price_changed`, and
     * nobody is charged. Not given: whatever it costs; with a party, whose game its leader has picked, nothing.
     */
    maxPrice: z.int().min(0).max(MAX_AGREED_PRICE).optional(),
    /** The region to prefer over every other. */
    region: regionSchema.optional(),
    rtts: rttsSchema.optional(),
  })
  .refine(
    ({ game, party, table }) => [game, party, table].filter(wish => wish !== undefined).length === 1,
    'give a game, a party or a table',
  )
  .refine(
    ({ game, saveSlot, saveId }) =>
      [saveSlot, saveId].filter(wish => wish !== undefined).length <= (game === undefined ? 0 : 1),
    'give a slot or a save, and only with a game',
  );
export type CreateSessionRequest = z.output<typeof createSessionRequestSchema>;

/** By room number, by the code of a share link or by the session's id; exactly one of them. */
export const joinRequestSchema = z
  .object({
    sessionId: z.uuid().optional(),
    roomNumber: roomNumberSchema.optional(),
    inviteCode: inviteCodeSchema.optional(),
    role: roleSchema,
  })
  .refine(
    ({ sessionId, roomNumber, inviteCode }) =>
      [sessionId, roomNumber, inviteCode].filter(address => address !== undefined).length === 1,
    'give a room number, an invite code or a session',
  );

const place = {
  session: sessionSchema,
  role: roleSchema,
  seat: z.int().positive().nullable(),
  /** Whether the caller decides about the session: it ends when they leave. */
  host: z.boolean(),
};

/** What lets a player in: open `signalUrl` as a WebSocket and say hello with the ticket. */
export const admissionSchema = z.object({
  kind: z.literal('admitted'),
  ...place,
  ticket: z.string(),
  /** Seconds the ticket is good for. */
  ticketExpiresIn: z.int(),
  signalUrl: z.string(),
});
export type Admission = z.infer<typeof admissionSchema>;

const queuePlace = {
  /** 1 is next. */
  position: z.int().positive(),
  /** An estimate; null: no ground for one. */
  waitSeconds: z.int().nonnegative().nullable(),
  /** The line stands still, and everybody keeps their place: the platform is in maintenance. */
  paused: z.boolean(),
};

/**
 * Every slot is taken: the session waits in line. Ask for a ticket every QUEUE_ASK_S seconds, which keeps the place; it
 * is lost QUEUE_KEEP_S seconds after the last time.
 */
export const queuedSchema = z.object({
  kind: z.literal('queued'),
  ...place,
  ...queuePlace,
});
export type Queued = z.infer<typeof queuedSchema>;

/** What asking for a session leads to: in at once, or into the queue. */
export const entrySchema = z.discriminatedUnion('kind', [admissionSchema, queuedSchema]);
export type Entry = z.infer<typeof entrySchema>;

/** The caller's session that goes on or waits, with the seat that is kept for them. Asking keeps the place in the queue. */
export const currentPlaceSchema = z.object({ ...place, queue: z.object(queuePlace).nullable() });
export type CurrentPlace = z.infer<typeof currentPlaceSchema>;

export const currentSessionSchema = z.object({ current: currentPlaceSchema.nullable() });

/** For a standard player: POST its offer to `url` with `token` as the bearer (draft-ietf-wish-whep). Whoever has it can watch. */
export const whepLinkSchema = z.object({
  url: z.url(),
  token: z.string(),
  /** ISO 8601; who watches by then goes on. */
  expiresAt: z.iso.datetime(),
});
export type WhepLink = z.infer<typeof whepLinkSchema>;

const playing = { tag: 'Playing', access: 'player' } as const;
const sessionParams = z.object({ id: z.uuid() });

export const playApi = {
  regions: endpoint({
    ...playing,
    method: 'get',
    path: '/v1/regions',
    summary: 'Where games run, and what to ping to measure how far that is',
    revalidate: true,
    response: z.object({ regions: z.array(regionInfoSchema) }),
  }),
  create: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions',
    summary:
      'Start a game, or come into the one of my party or table: a ticket to its slot, or a place in the queue',
    idempotent: true,
    signIn: 'within',
    body: createSessionRequestSchema,
    status: 201,
    response: entrySchema,
  }),
  current: endpoint({
    ...playing,
    method: 'get',
    path: '/v1/sessions/current',
    summary: 'My session that goes on or waits in line, and my place in it, or null',
    response: currentSessionSchema,
  }),
  join: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions/join',
    summary: 'Join a session by room number, share link or id, as player or spectator',
    idempotent: true,
    signIn: 'within',
    body: joinRequestSchema,
    response: entrySchema,
  }),
  get: endpoint({
    ...playing,
    method: 'get',
    path: '/v1/sessions/{id}',
    summary: 'A session that I am or was in',
    params: sessionParams,
    response: sessionSchema,
  }),
  ticket: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions/{id}/tickets',
    summary: 'A fresh ticket for the place that I have, or where I am in the queue: asking keeps it',
    signIn: 'within',
    params: sessionParams,
    status: 201,
    response: entrySchema,
  }),
  whep: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions/{id}/whep',
    summary: 'A link by which any WHEP player can watch the session that I am in',
    params: sessionParams,
    status: 201,
    response: whepLinkSchema,
  }),
  voidWhep: endpoint({
    ...playing,
    method: 'delete',
    path: '/v1/sessions/{id}/whep',
    summary: 'Void the WHEP links to this session that I have made: who watches by them is cut off',
    params: sessionParams,
  }),
  leave: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions/{id}/leave',
    summary:
      "Give up my place: in the queue, at the table, among the spectators. The host's ends the session",
    signIn: 'ended_too',
    params: sessionParams,
  }),
  end: endpoint({
    ...playing,
    method: 'delete',
    path: '/v1/sessions/{id}',
    summary: 'End the session for everybody, as its host or as who pays for it',
    signIn: 'ended_too',
    params: sessionParams,
  }),
} as const;
