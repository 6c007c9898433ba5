create or replace function "promote_one_f0161750"()
returns table ("triedId" uuid, "game" text, "members" text[])
language plpgsql as $stored$
#variable_conflict use_column
begin
  return query with open as materialized (
  select node.id, node.region, node.slot_count, node.full_for, 1 - count(*)::float8 / node.slot_count as busy
  from "nodes" as node join "slots" as slot on slot.node_id = node.id and slot.session_id is null and slot.index < node.slot_count
  where node.state = 'ready' and node.lease_expires_at > now()
  group by node.id
    ), first as materialized (
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
        and not (
  waiting.started_at is null and exists (
    select 1 from "sign_ins" as entered
    join "platforms" as platform on platform.name = entered.platform and platform.maintenance
    join "users" as account on account.id = entered.user_id and account.role not in ('operator', 'admin')
    where entered.id = (
  select owner.sign_in_id from "session_members" as owner
  where owner.session_id = waiting.id and owner.user_id = waiting.owner_id)))
      order by waiting.queued_at, waiting.id limit 1
    ), next as (
      select first.* from first join "sessions" as waiting on waiting.id = first.id
      where waiting.state = 'queued' and waiting.wait_until > now() for update of waiting skip locked
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
    select first.id as "triedId", promoted.game, case when promoted.game is not null then array(
      select member.user_id::text from "session_members" as member
      where member.session_id = first.id and member.active) end as members
    from first left join promoted on true;
end
$stored$;
