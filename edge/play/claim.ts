import { randomBytes, randomInt } from 'node:crypto';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { SaveChoice } from '#edge/saves/own.ts';
import type { Services } from '#edge/services.ts';
import { isDeadlock, violatedUnique } from '#edge/store/database.ts';
import type { Balance } from '#edge/wallet/ledger.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Channel } from '#shared/lifecycles/builds.ts';
import { SEAT_RIGHTS } from '#shared/seat-rights.ts';
import type { Player } from './admission.ts';
import { type ClaimRow, claimStatement, type FreshSession, type MadeColumns } from './claim-statement.ts';
import type { Membership } from './members.ts';
import type { Placement } from './placement.ts';
import { type QuickClaimRow, tryQuickClaim } from './quick-claim.ts';

/** Tries at a room number that no live session has: with 10,000 live ones each try misses one time in 90. */
const TRIES = 5;

export interface ClaimRequest {
  game: string;
  channel: Channel;
  placement: Placement;
  /** Members of one group share a session; null: the player asks alone. */
  groupKey: string | null;
  /** At most so many seats; null: as many as the build has. */
  seats: number | null;
  /** Whose credits are held for it. */
  payerId: string;
  /** What it may cost at most; null: whatever it costs. */
  maxPrice: number | null;
  save: SaveChoice;
}

/**
 * Why there is no session: `repeated` the key was used, so that an earlier request has made one; `game` is not to be had; `crowded` too
 * many wait for it; `price` is more than was agreed to; `credits` don't suffice; `in_session` the player has a seat elsewhere; `group` has its session.
 */
export type Refusal = 'repeated' | 'game' | 'crowded' | 'price' | 'credits' | 'in_session' | 'group';

/** The new session with its host's place in it, `reserved` or `queued`, and the wallet that it was paid from if it cost anything. */
export type Claim = { made: Membership; wallet: Balance | null } | { refused: Refusal };

/**
 * Makes a session with the player as its host, holds its price, and claims a slot for it; without a free one, or when others have
 * waited longer for it, it waits in line. One statement, one round trip: it all happens or nothing does. Only when the quick statement was
 * tried in vain, the full one follows. Throws `unauthenticated` when the player's sign-in has ended.
 */
export async function claimSession(
  { db, quickClaims }: Pick<Services, 'db' | 'quickClaims'>,
  player: Player,
  request: ClaimRequest,
  idempotency: IdempotentRequest,
): Promise<Claim> {
  const game = `${request.game}/${request.channel}`;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const fresh: FreshSession = {
      id: crypto.randomUUID(),
      roomNumber: String(randomInt(100_000, 1_000_000)),
      inviteCode: randomBytes(12).toString('base64url'),
    };
    try {
      if (quickClaims.get(game)) {
        const row = await tryQuickClaim(db, fresh, player, request, idempotency);
        if (row !== undefined) return quickClaimIn(row, fresh, player, request);
        quickClaims.delete(game);
      }
      const { rows } = await db.execute<ClaimRow>(claimStatement(fresh, player, request, idempotency));
      const [row] = rows;
      if (row === undefined) throw new NearcadeError('internal', 'The claim has answered nothing');
      if (row.state === 'reserved' && row.free) quickClaims.set(game, true);
      return claimIn(row, fresh, player, request);
    } catch (error) {
      const constraint = violatedUnique(error);
      if (constraint === 'session_members_one_seat') return { refused: 'in_session' };
      if (constraint === 'sessions_live_group') return { refused: 'group' };
      if (constraint !== 'sessions_live_room' && !isDeadlock(error)) throw error;
    }
  }
  throw new NearcadeError('unavailable');
}

function claimIn(row: ClaimRow, fresh: FreshSession, player: Player, request: ClaimRequest): Claim {
  if (!row.signed_in) throw new NearcadeError('unauthenticated');
  if (!row.game_found) return { refused: 'game' };
  if (row.crowded) return { refused: 'crowded' };
  if (row.too_dear) return { refused: 'price' };
  if (!row.payable) return { refused: 'credits' };
  if (row.state === null) return { refused: 'repeated' };
  const { available, held } = row;
  return {
    made: madeBy(player, request, fresh, row),
    wallet: available === null ? null : { userId: request.payerId, available, held, debt: 0 },
  };
}

function quickClaimIn(row: QuickClaimRow, fresh: FreshSession, player: Player, request: ClaimRequest): Claim {
  if (row.seats === null) return { refused: 'repeated' };
  return { made: madeBy(player, request, fresh, { ...row, state: 'reserved' }), wallet: null };
}

function madeBy(player: Player, request: ClaimRequest, fresh: FreshSession, row: MadeColumns): Membership {
  return {
    session: {
      ...fresh,
      game: request.game,
      gameTitle: row.title,
      gameVersion: row.version,
      state: row.state,
      region: row.region,
      seats: row.seats,
      endReason: null,
      createdAt: new Date(row.created_ms),
      ownerId: player.sub,
      hostId: null,
      seating: 0,
      nodeId: row.node_id,
      signalUrl: row.signal_url,
      slot: row.slot,
      epoch: row.epoch,
      expired: false,
      isNodeSilent: false,
    },
    role: 'player',
    seat: 1,
    host: true,
    rights: [...SEAT_RIGHTS],
    active: true,
  };
}
