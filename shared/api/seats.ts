import { z } from 'zod';
import { MAX_SEATS } from '../manifest.ts';
import { seatRightsSchema } from '../seat-rights.ts';
import { endpoint } from './endpoint.ts';
import { entrySchema } from './play.ts';

/** Seconds that an offered seat may be taken. */
export const SEAT_OFFER_S = 60;

/** Seconds of a turn: shorter is no play, longer no turn. */
export const TURN_MIN_S = 30;
export const TURN_MAX_S = 30 * 60;

/** Seconds that somebody whose turn it is may be away while others wait: a reload, another network. */
export const TURN_GRACE_S = 10;

/** Seconds that a player has left whose turn was up long ago, when somebody comes to wait for it. */
export const TURN_NOTICE_S = 10;

const seatSchema = z.int().min(1).max(MAX_SEATS);

/** A player's seat (the lowest free one if none is given), or a spectator's place. */
export const placeChangeSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('player'), seat: seatSchema.optional() }),
  z.object({ role: z.literal('spectator') }),
]);
export type PlaceChange = z.infer<typeof placeChangeSchema>;

export const seatOfferSchema = z.object({
  seat: z.int().positive(),
  /** ISO 8601. */
  expiresAt: z.string(),
});

/** `open`: who watches takes a free seat by themselves. `ask`: the host says yes or no. A seat with turns is open to who waits. */
export const SEAT_POLICIES = ['open', 'ask'] as const;
export const seatPolicySchema = z.enum(SEAT_POLICIES);

const seatViewSchema = z.object({
  seat: z.int().positive(),
  holderId: z.uuid().nullable(),
  rights: seatRightsSchema,
  paused: z.boolean(),
  turn: z
    .object({
      seconds: z.int().positive(),
      /** Milliseconds that were left when this was answered; 0: as long as nobody waits. Null: nobody has the seat. */
      leftMs: z.int().nonnegative().nullable(),
    })
    .nullable(),
  /** Who asks for the seat or waits for their turn, the next one first. */
  claims: z.array(z.object({ userId: z.uuid(), granted: z.boolean() })),
});
export type SeatView = z.infer<typeof seatViewSchema>;

export const seatingSchema = z.object({
  sessionId: z.uuid(),
  hostId: z.uuid().nullable(),
  policy: seatPolicySchema,
  seats: z.array(seatViewSchema),
});
export type Seating = z.infer<typeof seatingSchema>;

/** What has become of a claim: it may be had at once, or be waited for. */
export const claimSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('seated'), seat: z.int().positive() }),
  /** The host is asked. */
  z.object({ kind: z.literal('asked'), seat: z.int().positive() }),
  /** For a turn; 1 is next. */
  z.object({ kind: z.literal('waiting'), seat: z.int().positive(), position: z.int().positive() }),
]);
export type Claimed = z.infer<typeof claimSchema>;

export const seatChangeSchema = z
  .object({
    rights: seatRightsSchema.optional(),
    /** Nothing of the seat reaches the game for as long. */
    paused: z.boolean().optional(),
    /** Null: no turns, whoever has the seat keeps it. */
    turnSeconds: z.int().min(TURN_MIN_S).max(TURN_MAX_S).nullable().optional(),
  })
  .refine(change => Object.values(change).some(value => value !== undefined), 'give what is to change');
export type SeatChange = z.infer<typeof seatChangeSchema>;

const seats = { tag: 'Playing', access: 'player' } as const;
const sessionParams = z.object({ id: z.uuid() });
const memberParams = z.object({ id: z.uuid(), userId: z.uuid() });
const seatParams = z.object({ id: z.uuid(), seat: z.coerce.number().int().min(1).max(MAX_SEATS) });

export const seatsApi = {
  seating: endpoint({
    ...seats,
    method: 'get',
    path: '/v1/sessions/{id}/seats',
    summary: 'Who has which seat of my session, what it may do, who waits for it, and how long a turn lasts',
    params: sessionParams,
    response: seatingSchema,
  }),
  setPolicy: endpoint({
    ...seats,
    method: 'put',
    path: '/v1/sessions/{id}/seats/policy',
    summary: 'Let who watches take free seats, or have them ask: as its host',
    params: sessionParams,
    body: z.object({ policy: seatPolicySchema }),
  }),
  setSeat: endpoint({
    ...seats,
    method: 'patch',
    path: '/v1/sessions/{id}/seats/{seat}',
    summary: 'Change what a seat may do, also while it plays, or how long its turns are: as its host',
    params: seatParams,
    body: seatChangeSchema,
  }),
  claim: endpoint({
    ...seats,
    method: 'put',
    path: '/v1/sessions/{id}/claim',
    summary:
      'Ask for a seat as a spectator: taken at once, asked of the host, or waited for. Without a number: the best there is',
    params: sessionParams,
    body: z.object({ seat: seatSchema.optional() }),
    response: claimSchema,
  }),
  withdraw: endpoint({
    ...seats,
    method: 'delete',
    path: '/v1/sessions/{id}/claim',
    summary: 'Ask for a seat no more',
    params: sessionParams,
  }),
  approve: endpoint({
    ...seats,
    method: 'post',
    path: '/v1/sessions/{id}/members/{userId}/claim',
    summary: 'Give a spectator the seat that they ask for, or the next turn: as its host',
    params: memberParams,
  }),
  deny: endpoint({
    ...seats,
    method: 'delete',
    path: '/v1/sessions/{id}/members/{userId}/claim',
    summary: 'Say no to a spectator who asks for a seat: as its host',
    params: memberParams,
  }),
  release: endpoint({
    ...seats,
    method: 'post',
    path: '/v1/sessions/{id}/release',
    summary: 'Give my seat back and go on watching',
    params: sessionParams,
  }),
  handOver: endpoint({
    ...seats,
    method: 'post',
    path: '/v1/sessions/{id}/seats/{seat}/hand-over',
    summary:
      'Pass a seat to a spectator: my own, or as the host any; not past those who wait for their turn, but as the host',
    params: seatParams,
    body: z.object({ userId: z.uuid() }),
  }),
  setHost: endpoint({
    ...seats,
    method: 'put',
    path: '/v1/sessions/{id}/host',
    summary: 'Make another player of my session its host: who pays for it stays',
    params: sessionParams,
    body: z.object({ userId: z.uuid() }),
  }),
  place: endpoint({
    ...seats,
    method: 'put',
    path: '/v1/sessions/{id}/members/{userId}/place',
    summary: 'Give somebody in my session another seat or role, also while the game runs: as its host',
    params: memberParams,
    body: placeChangeSchema,
  }),
  offer: endpoint({
    ...seats,
    method: 'put',
    path: '/v1/sessions/{id}/members/{userId}/offer',
    summary: 'Offer a seat to a spectator of my session: as its host',
    params: memberParams,
    body: z.object({ seat: seatSchema.optional() }),
    response: seatOfferSchema,
  }),
  accept: endpoint({
    ...seats,
    method: 'post',
    path: '/v1/sessions/{id}/offer/accept',
    summary: 'Take the seat that I was offered',
    params: sessionParams,
    response: entrySchema,
  }),
  decline: endpoint({
    ...seats,
    method: 'delete',
    path: '/v1/sessions/{id}/offer',
    summary: 'Turn down the seat that I was offered',
    params: sessionParams,
  }),
} as const;
