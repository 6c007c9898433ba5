import { requireSignIn } from '#edge/accounts/permissions.ts';
import { Allowance } from '#edge/allowance.ts';
import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { EndpointSpec } from '#shared/api/endpoint.ts';
import { NearcadeError } from '#shared/errors.ts';

/**
 * Acts of one player at once, and then a second: far more than hands can do. Many are told to everybody in a room, a party or a club, who
 * read it again: this bounds what one of them makes all others do. Each isolate counts for itself, so that it costs nothing.
 */
const ACTS_AT_ONCE = 200;
const ACTS_PER_S = 4;

/**
 * What every act of a player has to pass, beside what `EndpointSpec.signIn` leaves out. Throws `rate_limited`, or `unauthenticated` when the sign-in
 * has ended: who was banned or signed out a minute ago reads, if at all. For a permission that has been looked up already.
 */
export async function admitAct(
  services: Services,
  { access, method, signIn }: Pick<EndpointSpec, 'access' | 'method' | 'signIn'>,
  player: AccessClaims | undefined,
): Promise<void> {
  if (access !== 'player' || player === undefined || method === 'get' || signIn !== undefined) return;
  countAct(services, player.sub);
  await requireSignIn(services, player);
}

function countAct({ acts, now }: Services, userId: string): void {
  let allowance = acts.get(userId);
  if (allowance === undefined) {
    allowance = new Allowance(ACTS_AT_ONCE, ACTS_PER_S);
    acts.set(userId, allowance);
  }
  if (allowance.take(now().getTime())) return;
  throw new NearcadeError('rate_limited', 'Too many at once: wait a moment', {
    details: { retryAfterSeconds: 1 },
  });
}
