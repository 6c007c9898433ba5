create or replace function "quick_claim_80deb0a4"(p_id uuid, p_room_number text, p_invite_code text, p_user_id uuid, p_sign_in_id uuid, p_game text, p_channel text, p_region_costs jsonb, p_load_costs jsonb, p_group_key text, p_save_slot text, p_save_id uuid, p_seats int, p_key text, p_request_hash text)
returns table ("title" text, "version" text, "node_id" text, "region" text, "signal_url" text, "seats" int, "created_ms" float8, "slot" int, "epoch" float8)
language plpgsql as $stored$
#variable_conflict use_column
begin
  return query with picked as (
    select slot.node_id, slot.index, node.*
    from (
      select node.id, node.region, node.signal_url, node.slot_count, build.*
      from (
          select * from (
    select build.game as slug, game.title, build.version, build.seats, build.price, build.price_unit,
      nullif(build.regions, '{}') as regions
    from "game_releases" as release
    join "game_builds" as build on build.game = release.game and build.version = release.version
    join "games" as game on game.slug = release.game
    where release.game = p_game and release.channel = p_channel and release.ended_at is null
      and build.status = 'published' and (release.channel <> 'stable' or game.published)) as build
          where price = 0 and exists (
  select 1 from "sign_ins" as caller where caller.id = p_sign_in_id::uuid and caller.ended_at is null)) as build, lateral (
    select node.id, node.region, node.signal_url, node.slot_count, coalesce((p_region_costs ->> node.region)::float8, 150) as cost,
      1 - count(*)::float8 / node.slot_count as busy
    from "node_games" as offer join "nodes" as node on node.id = offer.node_id join "slots" as slot on slot.node_id = node.id and slot.session_id is null and slot.index < node.slot_count
    where offer.game = build.slug and offer.version = build.version and (build.regions is null or node.region = any(build.regions)) and build.slug <> all (node.full_for)
      and node.state = 'ready' and node.lease_expires_at > now()
    group by node.id) as node
      where node.cost < 100000 and not 
  (exists (select 1 from "sessions" as line where line.state = 'queued' and line.wait_until > now()) and exists (
    select 1 from "sessions" as waiting
    where waiting.state = 'queued' and waiting.wait_until > now() and exists (select 1 from "node_games" as offer where offer.node_id = node.id and offer.game = waiting.game)
      and coalesce((waiting.region_costs ->> node.region)::float8, 150) < 100000))
      order by node.cost + coalesce((p_load_costs ->> node.id)::float8, 0) + 10 * node.busy, node.id
    ) as node, lateral (
  select slot.node_id, slot.index from "slots" as slot where slot.node_id = node.id and slot.session_id is null and slot.index < node.slot_count
  order by slot.epoch, slot.index limit 1 for update skip locked) as slot
    limit 1
    ), first_time as (
      insert into "idempotency_keys" (user_id, key, request_hash, resource_id)
      select p_user_id, p_key, p_request_hash, p_id from picked
      on conflict do nothing
      returning resource_id
    ), claimed as (
    update "slots" as slot set session_id = p_id, epoch = slot.epoch + 1
    from (select picked.* from picked, first_time) as picked
    where slot.node_id = picked.node_id and slot.index = picked.index and slot.session_id is null
    returning slot.node_id, slot.index, slot.epoch
    ), session as (
      insert into "sessions" (id, room_number, invite_code, game, game_version, channel, seats, owner_id, group_key,
        save_slot, save_id, region_costs, node_id, slot, epoch, claims, state, reserved_until, reserved_at)
      select p_id, p_room_number, p_invite_code, picked.slug, picked.version, p_channel,
        least(picked.seats, p_seats), p_user_id, p_group_key,
        p_save_slot, p_save_id, p_region_costs,
        claimed.node_id, claimed.index, claimed.epoch, 1, 'reserved',
        now() + make_interval(secs => 15::float8), now()
      from picked, claimed
      returning id, seats, created_at, slot, epoch
    ), host as (
      insert into "session_members" (session_id, user_id, role, seat, sign_in_id)
      select id, p_user_id, 'player', 1, p_sign_in_id from session
    )
    select picked.title, picked.version, picked.node_id, picked.region, picked.signal_url, session.seats,
      floor(extract(epoch from session.created_at) * 1000)::float8 as created_ms, session.slot, session.epoch::float8
    from picked left join session on true;
end
$stored$;
--> statement-breakpoint
create or replace function "promote_one_eeb81a2f"()
returns table ("triedId" uuid, "game" text, "members" text[])
language plpgsql as $stored$
#variable_conflict use_column
begin
  return query with open as materialized (
  select node.id, node.region, node.slot_count, node.full_for, 1 - count(*)::float8 / node.slot_count as busy
  from "nodes" as node join "slots" as slot on slot.node_id = node.id and slot.session_id is null and slot.index < node.slot_count
  where node.state = 'ready' and node.lease_expires_at > now()
  group by node.id
    ), next as (
      select waiting.id, waiting.region_costs, build.*
      from "sessions" as waiting, lateral (
    select build.game as slug, game.title, build.version, build.seats, build.price, build.price_unit,
      nullif(build.regions, '{}') as regions
    from "game_releases" as release
    join "game_builds" as build on build.game = release.game and build.version = release.version
    join "games" as game on game.slug = release.game
    where release.game = waiting.game and release.channel = waiting.channel and release.ended_at is null
      and build.status = 'published' and (release.channel <> 'stable' or game.published)) as build
      where waiting.state = 'queued' and waiting.wait_until > now() and exists (select 1 from open)
        and exists (
          select 1 from open as node
          where coalesce((waiting.region_costs ->> node.region)::float8, 150) < 100000 and (build.regions is null or node.region = any(build.regions)) and build.slug <> all (node.full_for) and exists (
    select 1 from "node_games" as offer
    where offer.node_id = node.id and offer.game = build.slug and offer.version = build.version))
      order by waiting.queued_at, waiting.id limit 1 for update of waiting skip locked
    ), picked as (
      select node.session_id, node.version, slot.node_id, slot.index
      from (
        select next.id as session_id, next.version, node.id, node.slot_count from next, open as node
        where coalesce((next.region_costs ->> node.region)::float8, 150) < 100000 and (next.regions is null or node.region = any(next.regions)) and next.slug <> all (node.full_for) and exists (
    select 1 from "node_games" as offer
    where offer.node_id = node.id and offer.game = next.slug and offer.version = next.version)
        order by coalesce((next.region_costs ->> node.region)::float8, 150) + 10 * node.busy, node.id
      ) as node, lateral (
  select slot.node_id, slot.index from "slots" as slot where slot.node_id = node.id and slot.session_id is null and slot.index < node.slot_count
  order by slot.epoch, slot.index limit 1 for update skip locked) as slot
      limit 1
    ), claimed as (
    update "slots" as slot set session_id = picked.session_id, epoch = slot.epoch + 1
    from picked as picked
    where slot.node_id = picked.node_id and slot.index = picked.index and slot.session_id is null
    returning slot.node_id, slot.index, slot.epoch
    ), promoted as (
      update "sessions" as session set state = 'reserved', node_id = claimed.node_id, slot = claimed.index,
        epoch = claimed.epoch, claims = session.claims + 1, game_version = picked.version, state_seq = 0,
        missing_since = null, wait_until = null, reserved_at = now(),
        reserved_until = now() + make_interval(secs => 30::float8)
      from picked, claimed where session.id = picked.session_id
      returning session.id, session.game
    )
    select next.id as "triedId", promoted.game, case when promoted.game is not null then array(
      select member.user_id::text from "session_members" as member
      where member.session_id = next.id and member.active) end as members
    from next left join promoted on true;
end
$stored$;
--> statement-breakpoint
create or replace function "settle_ended_30629385"(p_ids uuid[])
returns table ("userId" uuid, "available" float8, "held" float8, "debt" float8)
language plpgsql as $stored$
#variable_conflict use_column
begin
  return query with ended as (
  select id as session_id, extract(epoch from ended_at - started_at)::float8 as played_seconds, state = 'failed' as failed
  from "sessions" where ended_at is not null and id = any(p_ids)
    ), due as (
      select hold.session_id, hold.user_id, hold.amount, least(hold.amount, case
        when ended.failed or ended.played_seconds is null then 0
        when hold.unit = 'session' then hold.price
        else hold.price * greatest(1, ceil(ended.played_seconds / 60.0)) end)::bigint as charge
      from "wallet_holds" as hold join ended on ended.session_id = hold.session_id
      where hold.settled_at is null
      order by hold.session_id for update of hold
    ), settled as (
      update "wallet_holds" as hold set settled_at = now(), charged = due.charge
      from due where hold.session_id = due.session_id
      returning hold.session_id, hold.user_id, hold.amount, due.charge
    ), payer as (
      select user_id from "wallets" where user_id in (select user_id from settled)
      order by user_id for update
    ), wallet_move as (
      select (settled.user_id)::uuid as user_id, (case when charge = 0 then 'session_refund' else 'session_charge' end)::text as kind, ('settle:' || session_id)::text as key,
    ('held')::text as source, (part.target)::text as target, (part.amount)::bigint as amount,
    (null)::uuid as id, (session_id)::uuid as session_id,
    (null)::uuid as reverses, (null)::text as reason,
    (null)::uuid as actor_id
      from settled join payer on payer.user_id = settled.user_id,
        lateral (values ('revenue', charge), ('available', settled.amount - charge)) as part(target, amount)
    ), 
    wallet_transfer as (
      insert into "wallet_transfers" (id, user_id, kind, key, session_id, reverses, reason, actor_id)
      select distinct on (key) coalesce(id, uuidv7()), user_id, kind, key, session_id, reverses, reason, actor_id
      from wallet_move where amount > 0
      on conflict (key) do nothing
      returning id, user_id, key
    ), wallet_posting as (
      insert into "wallet_postings" (transfer_id, user_id, source, target, amount)
      select transfer.id, transfer.user_id, move.source, move.target, move.amount
      from wallet_move as move join wallet_transfer as transfer on transfer.key = move.key
      where move.amount > 0
      returning user_id, source, target, amount
    ), wallet_change as (
      select user_id, coalesce(sum(amount) filter (where target = 'available'), 0)::bigint - coalesce(sum(amount) filter (where source = 'available'), 0)::bigint as available, coalesce(sum(amount) filter (where target = 'held'), 0)::bigint - coalesce(sum(amount) filter (where source = 'held'), 0)::bigint as held, coalesce(sum(amount) filter (where target = 'debt'), 0)::bigint - coalesce(sum(amount) filter (where source = 'debt'), 0)::bigint as debt, coalesce(sum(amount) filter (where target = 'revenue'), 0)::bigint - coalesce(sum(amount) filter (where source = 'revenue'), 0)::bigint as revenue, coalesce(sum(amount) filter (where target = 'payments'), 0)::bigint - coalesce(sum(amount) filter (where source = 'payments'), 0)::bigint as payments, coalesce(sum(amount) filter (where target = 'operator'), 0)::bigint - coalesce(sum(amount) filter (where source = 'operator'), 0)::bigint as operator, coalesce(sum(amount) filter (where target = 'promotions'), 0)::bigint - coalesce(sum(amount) filter (where source = 'promotions'), 0)::bigint as promotions from wallet_posting group by user_id
    ), wallet_moved as (
      update "wallets" as wallet set available = wallet.available + change.available - least(wallet.available + change.available, -(wallet.debt + change.debt)), held = wallet.held + change.held, debt = wallet.debt + change.debt + least(wallet.available + change.available, -(wallet.debt + change.debt)), revenue = wallet.revenue + change.revenue, payments = wallet.payments + change.payments, operator = wallet.operator + change.operator, promotions = wallet.promotions + change.promotions, updated_at = now()
      from wallet_change as change where wallet.user_id = change.user_id
      returning wallet.user_id, new.available, new.held, new.debt, new.debt - old.debt - change.debt as debt_paid
    ), wallet_debt as (
      insert into "wallet_transfers" (user_id, kind, key)
      select user_id, 'debt_paid', 'debt:' || uuidv7() from wallet_moved where debt_paid > 0
      returning id, user_id
    ), wallet_debt_posting as (
      insert into "wallet_postings" (transfer_id, user_id, source, target, amount)
      select debt.id, debt.user_id, 'available', 'debt', moved.debt_paid
      from wallet_debt as debt join wallet_moved as moved on moved.user_id = debt.user_id
    )
    
  select user_id as "userId", available::float8, held::float8, debt::float8 from wallet_moved;
end
$stored$;
--> statement-breakpoint
create or replace function "free_places_91109848"(p_ids uuid[])
returns table ("affectedUserId" uuid, "sessionId" uuid, "state" text, "endReason" text, "groupKey" text)
language plpgsql as $stored$
#variable_conflict use_column
begin
  return query with freed as (update "slots" set session_id = null where session_id in (select id from "sessions" where ended_at is not null and id = any(p_ids))
  )
  update "session_members" as member set active = false from "sessions" as session
  where session.id = member.session_id and member.active
    and session.ended_at is not null and member.session_id = any(p_ids)
  returning member.user_id as "affectedUserId", session.id as "sessionId", session.state,
    session.end_reason as "endReason", session.group_key as "groupKey";
end
$stored$;
