import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { entrySchema } from './play.ts';

/** Seconds that an offered seat may be taken. */
export const SEAT_OFFER_S = 60;

/** Seat 1 is the host's for good: nobody is put there, and nobody away from it. */
const otherSeatSchema = z.int().min(2).max(64);

/** A player's seat (the lowest free one if none is given), or a spectator's place. */
export const placeChangeSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('player'), seat: otherSeatSchema.optional() }),
  z.object({ role: z.literal('spectator') }),
]);
export type PlaceChange = z.infer<typeof placeChangeSchema>;

export const seatOfferSchema = z.object({
  seat: z.int().positive(),
  /** ISO 8601. */
  expiresAt: z.string(),
});

const seats = { tag: 'Playing', access: 'player' } as const;
const sessionParams = z.object({ id: z.uuid() });
const memberParams = z.object({ id: z.uuid(), userId: z.uuid() });

export const seatsApi = {
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
    body: z.object({ seat: otherSeatSchema.optional() }),
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
