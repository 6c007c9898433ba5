create or replace procedure "apply_end_reports_5a640850"(p_reports jsonb, p_facts jsonb, p_session_ids jsonb, inout results jsonb)
language plpgsql as $stored$
#variable_conflict use_column
declare
  answer_row record;
  answer jsonb;
begin
  results := '[]';
  answer := '[]';
  for answer_row in with report as (
      select * from jsonb_to_recordset(p_reports) as report(
        id uuid, "nodeId" text, "sessionId" uuid, epoch bigint, seq int, at timestamptz, reason text, failed boolean)
    ), target as (
      -- One by one: see thatAreOver.
      select report.* from report cross join lateral (
        select session.node_id, session.epoch from "sessions" as session
        where session.id = report."sessionId" offset 0) as session
      where session.node_id = report."nodeId" and session.epoch = report.epoch
    ), fresh as (
      insert into "node_events" (id, session_id, epoch, seq, type, at)
      select id, "sessionId", epoch, seq, 'session_ended', at from target
      on conflict (id) do nothing
      returning id
    ), first as (
      select distinct on ("sessionId") * from target where id in (select id from fresh) order by "sessionId", seq
    ), moved as (
      update "sessions" as session set state = case when first.failed then 'failed' else 'ended' end,
        state_seq = greatest(session.state_seq, first.seq), reserved_until = null, missing_since = null,
        end_reason = first.reason, ended_at = now()
      from first where session.id = first."sessionId" and case when first.failed
        then session.state in ('requested', 'queued', 'reserved', 'starting', 'playing', 'reconnecting', 'suspended')
        else session.state in ('requested', 'queued', 'reserved', 'starting', 'playing', 'reconnecting', 'suspended') end
      returning first.id
    )
    select report.id as "reportId", report.id in (select id from target) as known,
      report.id in (select id from fresh) as fresh, report.id in (select id from moved) as moved
    from report loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  if exists (
  select 1 from 
  (select distinct value::uuid as id from jsonb_array_elements_text(p_session_ids)) as wanted cross join lateral (
    select 1 from "wallet_holds" as hold where hold.session_id = wanted.id and hold.settled_at is null offset 0) as held) then for answer_row in with ended as (
  select session.id as session_id, 
  case when session.started_at is not null then coalesce((
    select sum(extract(epoch from greatest(stretch.since, stretch.until) - stretch.since))
    from (
      select event.type, greatest(session.created_at, least(event.at, event.received_at)) as since,
        coalesce(lead(greatest(session.created_at, least(event.at, event.received_at))) over (partition by event.epoch order by event.seq),
          case when event.epoch = session.epoch then coalesce(session.ended_at, now()) end) as until
      from "node_events" as event
      where event.session_id = session.id
        and event.type in ('session_starting', 'session_playing', 'session_reconnecting', 'session_ended')
    ) as stretch where stretch.type = 'session_playing'), 0)::float8 end as played_seconds, session.state = 'failed' as failed
  from (
    with found as materialized (
      select session.* from 
  (select distinct value::uuid as id from jsonb_array_elements_text(p_session_ids)) as wanted
      cross join lateral (select * from "sessions" as session where session.id = wanted.id offset 0) as session)
    select * from found) as session where session.state in ('ended', 'failed') and session.claims >= 0
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
    
  select user_id as "userId", available::float8, held::float8, debt::float8 from wallet_moved loop
    answer := answer || to_jsonb(answer_row);
  end loop; end if;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in with session as materialized (
    select session.id, session.node_id, session.slot, session.state, session.end_reason, session.group_key
    from (
    with found as materialized (
      select session.* from 
  (select distinct value::uuid as id from jsonb_array_elements_text(p_session_ids)) as wanted
      cross join lateral (select * from "sessions" as session where session.id = wanted.id offset 0) as session)
    select * from found) as session where session.state in ('ended', 'failed') and session.claims >= 0
  ), freed as (
    update "slots" as slot set session_id = null from session as over
    where slot.node_id = over.node_id and slot.index = over.slot and slot.session_id = over.id
  )
  update "session_members" as member set active = false from session
  where session.id = member.session_id and member.active
  returning member.user_id as "affectedUserId", session.id as "sessionId", session.state,
    session.end_reason as "endReason", session.group_key as "groupKey" loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in insert into "viewer_events" (session_id, epoch, seq, user_id, kind, seat, at)
    select fact.id, told.epoch, told.seq, told."userId", told.kind, told.seat, told.at
    from jsonb_to_recordset(p_facts) as told(
      "nodeId" text, "sessionId" uuid, epoch bigint, seq int, at timestamptz, "userId" uuid, kind text, seat int)
    -- One by one, as what follows in writePlaysOf: a plan from when there were few would go through all sessions, and all events.
    cross join lateral (select * from (
  select session.id, session.game, session.game_version, node.region, session.node_id, session.epoch, session.owner_id,
    session.state, session.end_reason, session.created_at, session.queued_at, session.reserved_at,
    session.started_at, session.ended_at
  from "sessions" as session left join "nodes" as node on node.id = session.node_id) as fact where fact.id = told."sessionId" offset 0) as fact
    where fact.node_id = told."nodeId" and fact.epoch = told.epoch and (told."userId" is null or exists (
      select 1 from (select member.session_id, member.user_id from "session_members" as member) as member
      where member.session_id = fact.id and member.user_id = told."userId"))
    on conflict do nothing returning 1 loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in with who as (
    select distinct event.session_id, event.user_id from 
  (select distinct value::uuid as id from jsonb_array_elements_text(p_session_ids)) as wanted cross join lateral (
      select session_id, user_id from "viewer_events"
      where session_id = wanted.id and user_id is not null offset 0) as event
    ), step as (
      select who.session_id, who.user_id, event.kind, event.seat, event.at,
        lead(event.at) over (partition by who.session_id, who.user_id order by event.epoch, event.seq) as next_at
      from who cross join lateral (
        select * from "viewer_events" as event
        where event.session_id = who.session_id and (event.user_id = who.user_id or event.user_id is null)
        offset 0) as event
    ), stay as (
      select step.*, fact.game, fact.region, coalesce(step.next_at,
        case when fact.ended_at is not null then greatest(fact.ended_at, step.at) end) as end_at
      from step join (
  select session.id, session.game, session.game_version, node.region, session.node_id, session.epoch, session.owner_id,
    session.state, session.end_reason, session.created_at, session.queued_at, session.reserved_at,
    session.started_at, session.ended_at
  from "sessions" as session left join "nodes" as node on node.id = session.node_id) as fact on fact.id = step.session_id
      where step.kind = 'joined'
    )
    insert into "plays" (session_id, user_id, game, region, role, joined_at, left_at, seconds)
    select session_id, user_id, game, coalesce(region, ''), case when max(seat) is null then 'spectator' else 'player' end,
      min(at), case when bool_or(end_at is null) then null else max(end_at) end,
      coalesce(sum(greatest(0, extract(epoch from end_at - at))), 0)::int
    from stay group by session_id, user_id, game, region
    on conflict (session_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at,
      left_at = excluded.left_at, seconds = excluded.seconds returning 1 loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  commit;
  answer := '[]';
  for answer_row in select true as "isAwaited" from "sessions" where state = 'queued' and wait_until > now() limit 1 loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
end
$stored$;
