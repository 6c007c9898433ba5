import { type SQL, sql } from 'drizzle-orm';
import { signInHolds } from '#edge/accounts/sign-ins.ts';
import { playableBuild } from '#edge/catalog/playable.ts';
import { claimSlot } from '#edge/fleet/slots.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { idempotencyKeys, sessionMembers, sessions } from '#edge/store/schema.ts';
import { affordable, holdForSession } from '#edge/wallet/session-holds.ts';
import type { SessionState } from '#shared/lifecycles.ts';
import { QUEUE_KEEP_S, RESERVATION_TTL_S } from '#shared/limits.ts';
import type { Player } from './admission.ts';
import type { ClaimRequest } from './claim.ts';
import { pickSlot } from './pick-slot.ts';

/** Sessions that may wait for one game: what comes later is told so, rather than given a place it will not live to see. */
const QUEUE_MAX = 1000;

export interface FreshSession {
  id: string;
  roomNumber: string;
  inviteCode: string;
}

/** What was made. */
export type MadeColumns = {
  state: SessionState;
  title: string;
  seats: number;
  version: string;
  created_ms: number;
  /** Null when it waits. */
  node_id: string | null;
  region: string | null;
  signal_url: string | null;
  slot: number | null;
  epoch: number | null;
};

/** The statement's one row. From `state` on it is null, and nothing has happened, unless the session was made. */
export type ClaimRow = {
  signed_in: boolean;
  game_found: boolean;
  crowded: boolean;
  too_dear: boolean;
  payable: boolean;
} & (
  | { state: null }
  | (MadeColumns & {
      /** Whether the game costs nothing. */
      free: boolean;
      /** The payer's wallet; null when it did not change. */
      available: number | null;
      held: number;
    })
);

/**
 * Order matters: the wallet is locked first, then the key is noted (a request that repeats one under way waits there), then a slot is
 * locked. `skip locked`: claims at the same moment take different slots instead of waiting in line.
 */
export function claimStatement(
  fresh: FreshSession,
  player: Player,
  { game, channel, placement, groupKey, seats, payerId, maxPrice, save }: ClaimRequest,
  { key, requestHash }: IdempotentRequest,
): SQL {
  const id = sql`${fresh.id}::uuid`;
  const userId = sql`${player.sub}::uuid`;
  const regionCosts = sql`${JSON.stringify(placement.regionCosts)}::jsonb`;
  const loadCosts = sql`${JSON.stringify(placement.loadCosts)}::jsonb`;
  const later = (seconds: number) => sql`now() + make_interval(secs => ${seconds}::float8)`;
  const isCrowded = sql`${QUEUE_MAX} <= (
    select count(*) from ${sessions} as waiting where waiting.game = build.slug and waiting.state = 'queued')`;
  const isTooDear = sql`coalesce(build.price > ${maxPrice}::bigint, false)`;
  const offer = (column: SQL) => sql`(select ${column} from wanted where not crowded and not too_dear)`;
  return sql`
    with wanted as (
      select build.*, ${isCrowded} as crowded, ${isTooDear} as too_dear from (${playableBuild(game, channel)}) as build
      where ${signInHolds(player)}
    ), payable as (${affordable(payerId, { price: offer(sql`price`), unit: offer(sql`price_unit`) })}
    ), first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${userId}, ${key}::text, ${requestHash}::text, ${id} from payable
      on conflict do nothing
      returning resource_id
    ), picked as (${pickSlot({ regionCosts, loadCosts }, { from: sql`first_time, wanted`, build: sql`wanted` })}
    ), claimed as (${claimSlot(sql`picked`, id)}
    ), session as (
      insert into ${sessions} (id, room_number, invite_code, game, game_version, channel, seats, owner_id, group_key,
        save_slot, save_id, region_costs, node_id, slot, epoch, claims, state, reserved_until, reserved_at, queued_at, wait_until)
      select ${id}, ${fresh.roomNumber}::text, ${fresh.inviteCode}::text, wanted.slug, wanted.version, ${channel}::text,
        least(wanted.seats, ${seats}::int), ${userId}, ${groupKey}::text,
        ${save.slot}::text, ${save.id}::uuid, ${regionCosts},
        claimed.node_id, claimed.index, claimed.epoch,
        case when claimed.node_id is null then 0 else 1 end,
        case when claimed.node_id is null then 'queued' else 'reserved' end,
        case when claimed.node_id is not null then ${later(RESERVATION_TTL_S)} end,
        case when claimed.node_id is not null then now() end,
        case when claimed.node_id is null then clock_timestamp() end,
        case when claimed.node_id is null then ${later(QUEUE_KEEP_S)} end
      from first_time cross join wanted left join claimed on true
      returning *
    ), host as (
      insert into ${sessionMembers} (session_id, user_id, role, seat, sign_in_id)
      select id, ${userId}, 'player', 1, ${player.sid}::uuid from session
    ), ${holdForSession({ payerId, sessionId: fresh.id, payable: sql`payable`, from: sql`session` })}
    select ${signInHolds(player)} as signed_in, wanted.slug is not null as game_found, coalesce(wanted.crowded, false) as crowded,
      coalesce(wanted.too_dear, false) as too_dear, exists (select 1 from payable) as payable,
      session.state, wanted.price = 0 as free, wanted.title, session.seats, wanted.version,
      floor(extract(epoch from session.created_at) * 1000)::float8 as created_ms, session.node_id, picked.region,
      picked.signal_url, session.slot, session.epoch::float8,
      wallet_moved.available::float8, wallet_moved.held::float8
    from (select 1) as one left join wanted on true left join session on true left join picked on true
      left join wallet_moved on true`;
}
