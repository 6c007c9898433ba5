import { sql } from 'drizzle-orm';
import { signInHolds } from '#edge/accounts/sign-ins.ts';
import { playableBuild } from '#edge/catalog/playable.ts';
import { claimSlot } from '#edge/fleet/slots.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Database } from '#edge/store/database.ts';
import { idempotencyKeys, sessionMembers, sessions } from '#edge/store/schema.ts';
import { StoredStatement } from '#edge/store/stored-statement.ts';
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
 * The claim as it nearly always goes: the game is free, and so is a slot that nobody waits for. No row, and nothing has happened, when it is
 * otherwise, whatever the reason.
 */
export async function tryQuickClaim(
  db: Database,
  fresh: FreshSession,
  player: Player,
  { game, channel, placement, groupKey, seats, save }: ClaimRequest,
  { key, requestHash }: IdempotentRequest,
): Promise<QuickClaimRow | undefined> {
  const [row] = await quickClaim.run<QuickClaimRow>(db, {
    id: fresh.id,
    room_number: fresh.roomNumber,
    invite_code: fresh.inviteCode,
    user_id: player.sub,
    sign_in_id: player.sid,
    game,
    channel,
    region_costs: JSON.stringify(placement.regionCosts),
    load_costs: JSON.stringify(placement.loadCosts),
    group_key: groupKey,
    save_slot: save.slot,
    save_id: save.id,
    seats,
    key,
    request_hash: requestHash,
  });
  return row;
}

export const quickClaim = new StoredStatement({
  name: 'quick_claim',
  params: {
    id: 'uuid',
    room_number: 'text',
    invite_code: 'text',
    user_id: 'uuid',
    sign_in_id: 'uuid',
    game: 'text',
    channel: 'text',
    region_costs: 'jsonb',
    load_costs: 'jsonb',
    group_key: 'text',
    save_slot: 'text',
    save_id: 'uuid',
    seats: 'int',
    key: 'text',
    request_hash: 'text',
  },
  columns: {
    title: 'text',
    version: 'text',
    node_id: 'text',
    region: 'text',
    signal_url: 'text',
    seats: 'int',
    created_ms: 'float8',
    slot: 'int',
    epoch: 'float8',
  },
  statement: asked => sql`
    with picked as (${pickSlot(
      { regionCosts: asked.region_costs, loadCosts: asked.load_costs },
      {
        from: sql`(
          select * from (${playableBuild(asked.game, asked.channel)}) as build
          where price = 0 and ${signInHolds({ sid: asked.sign_in_id })} offset 0) as build`,
        build: sql`build`,
      },
    )}
    ), first_time as (
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${asked.user_id}, ${asked.key}, ${asked.request_hash}, ${asked.id} from picked
      on conflict do nothing
      returning resource_id
    ), claimed as (${claimSlot(sql`(select picked.* from picked, first_time)`, asked.id)}
    ), session as (
      insert into ${sessions} (id, room_number, invite_code, game, game_version, channel, seats, owner_id, group_key,
        save_slot, save_id, region_costs, node_id, slot, epoch, claims, state, reserved_until, reserved_at)
      select ${asked.id}, ${asked.room_number}, ${asked.invite_code}, picked.slug, picked.version, ${asked.channel},
        least(picked.seats, ${asked.seats}), ${asked.user_id}, ${asked.group_key},
        ${asked.save_slot}, ${asked.save_id}, ${asked.region_costs},
        claimed.node_id, claimed.index, claimed.epoch, 1, 'reserved',
        now() + make_interval(secs => ${RESERVATION_TTL_S}::float8), now()
      from picked, claimed
      returning id, seats, created_at, slot, epoch
    ), host as (
      insert into ${sessionMembers} (session_id, user_id, role, seat, sign_in_id)
      select id, ${asked.user_id}, 'player', 1, ${asked.sign_in_id} from session
    )
    select picked.title, picked.version, picked.node_id, picked.region, picked.signal_url, session.seats,
      floor(extract(epoch from session.created_at) * 1000)::float8 as created_ms, session.slot, session.epoch::float8
    from picked left join session on true`,
});
