create or replace procedure "end_as_host_322cb411"(p_user_id uuid, p_session_id uuid, inout results jsonb)
language plpgsql as $stored$
#variable_conflict use_column
declare
  answer_row record;
  answer jsonb;
begin
  results := '[]';
  answer := '[]';
  for answer_row in select member.user_id = coalesce(session.host_id, session.owner_id) as host, session.ended_at is not null as over
  from "session_members" as member join "sessions" as session on session.id = member.session_id
  where member.session_id = p_session_id and member.user_id = p_user_id loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in update "sessions" set state = 'ended', end_reason = case when state = 'queued' then 'queue_left' else 'player_quit' end, ended_at = now(), reserved_until = null,
      wait_until = null
    where id in (
      select session.id from "sessions" as session where session.id = p_session_id and exists (
  select 1 from "session_members" as host where host.session_id = session.id
    and host.user_id = p_user_id and host.active and host.user_id = coalesce(session.host_id, session.owner_id)) and session.state in ('requested', 'queued', 'reserved', 'starting', 'playing', 'reconnecting', 'suspended')
      order by session.id for update )
    returning id as "endedSessionId", node_id as "nodeId", epoch::float8, end_reason as "endReason" loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in with ended as (
  select id as session_id, extract(epoch from ended_at - started_at)::float8 as played_seconds, state = 'failed' as failed
  from "sessions" where ended_at is not null and id = p_session_id
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
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in with freed as (update "slots" set session_id = null where session_id in (select id from "sessions" where ended_at is not null and id = p_session_id)
  )
  update "session_members" as member set active = false from "sessions" as session
  where session.id = member.session_id and member.active
    and session.ended_at is not null and member.session_id = p_session_id
  returning member.user_id as "affectedUserId", session.id as "sessionId", session.state,
    session.end_reason as "endReason", session.group_key as "groupKey" loop
    answer := answer || to_jsonb(answer_row);
  end loop;
  results := results || jsonb_build_array(answer);
  answer := '[]';
  for answer_row in insert into "node_orders" (node_id, body) 
    select node_id, jsonb_build_object('type', 'end_session', 'sessionId', id, 'epoch', epoch, 'reason', end_reason)
    from "sessions" where id = p_session_id and ended_at = now() and node_id is not null returning node_id as "orderedNodeId" loop
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
