import { type SQL, sql } from 'drizzle-orm';
import { signInHolds } from '#edge/accounts/sign-ins.ts';
import { playableBuild } from '#edge/catalog/playable.ts';
import { claimSlot } from '#edge/fleet/slots.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { idempotencyKeys, sessionMembers, sessions } from '#edge/store/schema.ts';
import { RESERVATION_TTL_S } from '#shared/limits.ts';
import type { Player } from './admission.ts';
import type { ClaimRequest } from './claim.ts';
import type { FreshSession } from './claim-statement.ts';
import { pickSlot } from './pick-slot.ts';

/** `title`, `version`, and from `seats` on null when the key was used, so that an earlier request has made the session. */
export type QuickClaimRow = {
  title: string;
  version: string;
  node_id: string;
  region: string;
  signal_url: string;
} & ({ seats: null } | { seats: number; created_ms: number; slot: number; epoch: number });

/**
 * The claim as it nearly always goes: the game is free, and so is a slot that nobody waits for. Planning it takes Postgres half
 * of what `claimStatement` does, which also knows money and the queue. No row, and nothing has happened, when it is otherwise, whatever the
 * reason.
 */
export function quickClaimStatement(
  fresh: FreshSession,
  player: Player,
  { game, channel, placement, groupKey, seats, save }: ClaimRequest,
  { key, requestHash }: IdempotentRequest,
): SQL {
  const id = sql`${fresh.id}::uuid`;
  const userId = sql`${player.sub}::uuid`;
  return sql`
    with picked as (${pickSlot(placement, {
      from: sql`(
        select * from (${playableBuild(game, channel)}) as build where price = 0 and ${signInHolds(player)}) as build`,
      build: sql`build`,
    })}
    ), first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${userId}, ${key}::text, ${requestHash}::text, ${id} from picked
      on conflict do nothing
      returning resource_id
    ), claimed as (${claimSlot(sql`(select picked.* from picked, first_time)`, id)}
    ), session as (
      insert into ${sessions} (id, room_number, invite_code, game, game_version, channel, seats, owner_id, group_key,
        save_slot, save_id, region_costs, node_id, slot, epoch, claims, state, reserved_until, reserved_at)
      select ${id}, ${fresh.roomNumber}::text, ${fresh.inviteCode}::text, picked.slug, picked.version, ${channel}::text,
        least(picked.seats, ${seats}::int), ${userId}, ${groupKey}::text,
        ${save.slot}::text, ${save.id}::uuid, ${JSON.stringify(placement.regionCosts)}::jsonb,
        claimed.node_id, claimed.index, claimed.epoch, 1, 'reserved',
        now() + make_interval(secs => ${RESERVATION_TTL_S}::float8), now()
      from picked, claimed
      returning id, seats, created_at, slot, epoch
    ), host as (
      insert into ${sessionMembers} (session_id, user_id, role, seat, sign_in_id)
      select id, ${userId}, 'player', 1, ${player.sid}::uuid from session
    )
    select picked.title, picked.version, picked.node_id, picked.region, picked.signal_url, session.seats,
      floor(extract(epoch from session.created_at) * 1000)::float8 as created_ms, session.slot, session.epoch::float8
    from picked left join session on true`;
}
