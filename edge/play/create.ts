import { recentLoads } from '#edge/fleet/load.ts';
import { reconcile } from '#edge/fleet/reconcile.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { chooseSave } from '#edge/saves/own.ts';
import type { Services } from '#edge/services.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { tellWallets } from '#edge/wallet/balance.ts';
import type { Entry } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Channel } from '#shared/lifecycles/builds.ts';
import { admit, entryOf, type Player } from './admission.ts';
import { type ClaimRequest, claimSession, type Refusal } from './claim.ts';
import { joinSession } from './join.ts';
import { currentMembership } from './members.ts';
import { placementOf, type Wishes } from './placement.ts';
import { advanceQueue } from './queue.ts';

export interface CreateRequest extends Wishes {
  game: string;
  channel?: Channel | undefined;
  /** Who asks with the same key comes into the same session. */
  groupKey?: string | null;
  /** At most so many seats. */
  seats?: number | null;
  /** Whose credits are held for it; null: the player's. */
  payerId?: string | null;
  /** What the player pays at most; not given: whatever it costs. */
  maxPrice?: number | undefined;
  /** What it begins with and is kept in. */
  saveSlot?: string | undefined;
  saveId?: string | undefined;
}

/**
 * Claims a slot and makes the session of it, with the player as its host; without a free slot the session waits in line. Done twice,
 * also at once, it answers the first session; asked by several of one group, that of the first. Throws `game_not_found`,
 * `no_capacity` (too many wait), `price_changed`, `credits_short`, what `chooseSave` throws, `already_in_session` (details.sessionId) or `idempotency_key_reused`.
 */
export async function createSession(
  services: Services,
  player: Player,
  {
    game,
    channel = 'stable',
    groupKey = null,
    seats = null,
    payerId = null,
    maxPrice,
    saveSlot,
    saveId,
    ...wishes
  }: CreateRequest,
  idempotency: IdempotentRequest,
): Promise<Entry> {
  const [save, loads] = await Promise.all([
    chooseSave(services.db, player.sub, game, { saveSlot, saveId }),
    recentLoads(services),
  ]);
  const placement = placementOf(wishes, loads);
  const request: ClaimRequest = {
    ...{ game, channel, placement, groupKey, seats, save },
    payerId: payerId ?? player.sub,
    // What somebody else pays is for them to agree to.
    maxPrice: payerId === null || payerId === player.sub ? (maxPrice ?? null) : null,
  };
  try {
    return await tryCreate(services, player, request, idempotency);
  } catch (error) {
    if (!(error instanceof NearcadeError) || !mayHaveRunOut(error)) throw error;
  }
  // What is in the way has run out a moment ago: don't wait for the reconciler's next turn.
  await reconcile(services);
  return tryCreate(services, player, request, idempotency);
}

/** The player is in no session that goes on, and yet one is in the way. */
const mayHaveRunOut = ({ code, details }: NearcadeError) =>
  code === 'session_over' || (code === 'already_in_session' && details?.sessionId === undefined);

async function tryCreate(
  services: Services,
  player: Player,
  request: ClaimRequest,
  idempotency: IdempotentRequest,
): Promise<Entry> {
  const claim = await claimSession(services, player, request, idempotency);
  if ('refused' in claim) return otherwise(services, player, request, idempotency, claim.refused);
  const { made, wallet } = claim;
  if (wallet !== null) await tellWallets(services, [wallet]);
  if (made.session.state !== 'queued') return entryOf(services, player, made);
  // A slot has come free since the statement began, or may be held in vain.
  await advanceQueue(services);
  const entry = await admit(services, player, made.session.id);
  if (entry.kind !== 'queued') return entry;
  await reconcile(services);
  return admit(services, player, made.session.id);
}

const UNDONE: ReadonlySet<Refusal> = new Set(['in_session', 'group', 'repeated']);

/** What to answer when no session was made: the one of an earlier request, the group's, or why. */
async function otherwise(
  services: Services,
  player: Player,
  request: ClaimRequest,
  idempotency: IdempotentRequest,
  refused: Refusal,
): Promise<Entry> {
  const { db } = services;
  // A claim that was undone may have kept its slot from somebody who queued just then.
  if (UNDONE.has(refused)) await advanceQueue(services);
  const earlier = await resultOfRequest(db, idempotency);
  if (earlier !== undefined) return admit(services, player, earlier);
  if (refused === 'group' && request.groupKey !== null) {
    return joinSession(services, player, { groupKey: request.groupKey }, 'player', idempotency);
  }
  if (refused === 'price') return joinForNothing(services, player, request.groupKey, idempotency);
  if (refused === 'game') throw new NearcadeError('game_not_found');
  const current = await currentMembership(db, player.sub);
  if (current?.role === 'player' && !current.session.isNodeSilent) {
    throw new NearcadeError('already_in_session', undefined, { details: { sessionId: current.session.id } });
  }
  if (refused === 'in_session') throw new NearcadeError('already_in_session');
  throw new NearcadeError(refused === 'credits' ? 'credits_short' : 'no_capacity');
}

/** Into the group's session, which who has opened it pays for. Throws `price_changed` when there is none. */
async function joinForNothing(
  services: Services,
  player: Player,
  groupKey: string | null,
  idempotency: IdempotentRequest,
): Promise<Entry> {
  if (groupKey === null) throw new NearcadeError('price_changed');
  try {
    return await joinSession(services, player, { groupKey }, 'player', idempotency);
  } catch (error) {
    if (!(error instanceof NearcadeError) || error.code !== 'session_not_found') throw error;
    throw new NearcadeError('price_changed', 'Somebody who pays for it has to come first');
  }
}
