import { z } from 'zod';

/** Whose socket the Worker hands to a hub. `tokenExpiresAt`: ms since 1970. */
const visitorSchema = z.object({
  userId: z.uuid(),
  signInId: z.uuid(),
  tokenExpiresAt: z.number(),
  /** The region nearest to the client, as the network estimates it. */
  region: z.string().nullable(),
});
export type Visitor = z.infer<typeof visitorSchema>;

const HEADER = 'nearcade-visitor';

/** A request that only a hub gets: no client reaches a Durable Object but through the Worker. */
export function visitRequest(visitor: Visitor): Request {
  return new Request('https://hub/', {
    headers: { Upgrade: 'websocket', [HEADER]: JSON.stringify(visitor) },
  });
}

export function readVisitor(request: Request): Visitor {
  return visitorSchema.parse(JSON.parse(request.headers.get(HEADER) ?? ''));
}
