import { type SQL, sql } from 'drizzle-orm';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { Services } from '#edge/services.ts';
import { friendLinks } from '#edge/store/schema.ts';
import type { Friend, PlayerRef } from '#shared/api/friends.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import {
  FRIEND_TABLE,
  type FriendEvent,
  type FriendState,
  MIRRORED_FRIEND_STATE,
} from '#shared/lifecycles/social.ts';
import { nextState } from '#shared/state-machine.ts';

/** Bounds what a change of presence has to be told to, and a list that is read at once. */
export const MAX_FRIENDS = 300;
/** Asks that wait for an answer: who has more is after something else than friends. */
export const MAX_ASKING = 50;
/** Asks that a player has not answered: more would bury those that they want to see. */
export const MAX_ASKED = 200;

/** First key of the advisory locks that friends take, so that they are nobody else's. */
const LOCK_SPACE = 1001;

interface Moved extends Record<string, unknown> {
  mine: FriendState;
  /** As Postgres writes it; null for `none`. */
  since: string | null;
  theirs: FriendState;
  next: FriendState | null;
  refused: 'illegal' | 'friends_full' | 'friend_asks_full' | null;
}

/**
 * Does what `event` says between the caller and another player and tells both. Answers how the caller stands to them now.
 * Throws `illegal_transition`, `friends_full`, `friend_asks_full` or `player_not_found`.
 */
export async function moveFriend(
  services: Services,
  me: PlayerRef,
  otherId: string,
  event: FriendEvent,
): Promise<Friend> {
  if (otherId === me.id) throw wrongField('userId', 'that is you');
  const other = (await profilesOf(services.db, [otherId])).get(otherId);
  const asks = event === 'ask' || event === 'accept' || event === 'block';
  if (other === undefined || (other.deleted && asks)) throw new NearcadeError('player_not_found');
  const moved = await move(services, me.id, otherId, event);
  if (moved.refused === 'friends_full') throw new NearcadeError('friends_full');
  if (moved.refused === 'friend_asks_full') throw new NearcadeError('friend_asks_full');
  const state = nextState(FRIEND_TABLE, moved.mine, event);
  const user = { id: other.id, displayName: other.displayName };
  if (state !== moved.mine) await services.live.send([me.id], { type: 'friend_changed', user, state });
  const theirs = mirrored(state, moved.theirs);
  if (theirs !== moved.theirs) {
    await services.live.send([otherId], { type: 'friend_changed', user: me, state: theirs });
  }
  const since = moved.since === null || state !== moved.mine ? services.now() : new Date(moved.since);
  return { user, state, since: state === 'none' ? null : since.toISOString(), presence: null };
}

function mirrored(mine: FriendState, theirs: FriendState): FriendState {
  return theirs === 'blocked' ? theirs : MIRRORED_FRIEND_STATE[mine];
}

/** One transaction: both players are locked, so that whatever else is done between them or counts their friends waits. */
async function move({ db }: Services, me: string, other: string, event: FriendEvent): Promise<Moved> {
  const [, , { rows }] = await db.batch([
    db.execute(lock('least', me, other)),
    db.execute(lock('greatest', me, other)),
    db.execute<Moved>(moveLocked(me, other, event)),
  ]);
  if (rows[0] === undefined) throw new NearcadeError('internal');
  return rows[0];
}

/** In the order of the keys themselves, so that no two wait for each other. */
const lock = (which: 'least' | 'greatest', me: string, other: string): SQL => sql`
  select pg_advisory_xact_lock(${LOCK_SPACE}::int,
    ${sql.raw(which)}(hashtext(${me}::uuid::text), hashtext(${other}::uuid::text)))`;

const stateOf = (user: string, other: string): SQL => sql`
  coalesce((select state from ${friendLinks}
    where user_id = ${user}::uuid and other_id = ${other}::uuid), 'none')`;

const countOf = (user: string, state: FriendState): SQL => sql`
  (select count(*) from ${friendLinks} where user_id = ${user}::uuid and state = ${state}::text)`;

/** Decides by FRIEND_TABLE and writes both sides. The bounds count the same whether the other has blocked or not. */
function moveLocked(me: string, other: string, event: FriendEvent): SQL {
  const legal = Object.entries(FRIEND_TABLE).flatMap(([state, events]) => {
    const next = events[event];
    return next === undefined
      ? []
      : [sql`(${state}::text, ${next}::text, ${MIRRORED_FRIEND_STATE[next]}::text)`];
  });
  return sql`
    with before as (
      select ${stateOf(me, other)} as mine, ${stateOf(other, me)} as theirs
    ), moved as (
      select before.mine, before.theirs, legal.next,
        case when before.theirs = 'blocked' then 'blocked' else legal.mirrored end as mirrored,
        case
          when legal.next is null then 'illegal'
          when legal.next = before.mine then null
          when legal.next = 'friends'
            and greatest(${countOf(me, 'friends')}, ${countOf(other, 'friends')}) >= ${MAX_FRIENDS} then 'friends_full'
          when legal.next = 'asking'
            and (${countOf(me, 'asking')} >= ${MAX_ASKING} or ${countOf(other, 'asked')} >= ${MAX_ASKED})
            then 'friend_asks_full'
        end as refused
      from before
      left join (values ${sql.join(legal, sql`, `)}) as legal (state, next, mirrored) on legal.state = before.mine
    ), sides as (
      select ${me}::uuid as user_id, ${other}::uuid as other_id, mine as before, next as after
      from moved where refused is null
      union all
      select ${other}::uuid, ${me}::uuid, theirs, mirrored from moved where refused is null
    ), gone as (
      delete from ${friendLinks} as link using sides
      where link.user_id = sides.user_id and link.other_id = sides.other_id and sides.after = 'none'
    ), kept as (
      insert into ${friendLinks} (user_id, other_id, state)
      select user_id, other_id, after from sides where after <> 'none' and after <> before
      on conflict (user_id, other_id) do update set state = excluded.state, since = now()
    )
    select mine, theirs, next, refused,
      (select since from ${friendLinks} where user_id = ${me}::uuid and other_id = ${other}::uuid) as since
    from moved`;
}
