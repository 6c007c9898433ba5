import { type SQL, sql } from 'drizzle-orm';
import { seatedIn } from '#edge/play/roster.ts';
import type { Database } from '#edge/store/database.ts';
import { roomVoteAnswers, roomVotes } from '#edge/store/schema.ts';
import type { Vote } from '#shared/api/rooms.ts';
import { VOTE_COOLDOWN_S, type VoteState } from '#shared/votes.ts';

interface VoteRow extends Record<string, unknown> {
  id: string;
  session_id: string;
  starter_id: string;
  state: VoteState;
  created_at: string;
  ends_at: string;
  seated: number;
  answers: Array<{ userId: string; yes: boolean }>;
}

/** A vote with the answers of those who have a seat now; a query, for a transaction. Read its row with `toVote`. */
export function selectVote(db: Database, where: SQL) {
  const seated = seatedIn(sql`vote.session_id`);
  return db.execute<VoteRow>(sql`
    select vote.id, vote.session_id, vote.starter_id, vote.state, vote.created_at, vote.ends_at,
      (select count(*)::int from (${seated}) as player) as seated,
      (select coalesce(jsonb_agg(jsonb_build_object('userId', answer.user_id, 'yes', answer.yes) order by answer.at), '[]')
        from ${roomVoteAnswers} as answer
        where answer.vote_id = vote.id and answer.user_id in (${seated})) as answers
    from ${roomVotes} as vote where ${where}`);
}

export function toVote(row: VoteRow): Vote {
  return {
    id: row.id,
    starterId: row.starter_id,
    state: row.state,
    startedAt: new Date(row.created_at).toISOString(),
    endsAt: new Date(row.ends_at).toISOString(),
    seated: row.seated,
    answers: row.answers,
  };
}

/** The room's open vote, and when there may be one again. */
export async function openVoteOf(
  db: Database,
  sessionId: string,
): Promise<{ vote: Vote | null; nextVoteAt: string | null }> {
  const [{ rows }, cooling] = await db.batch([
    selectVote(db, sql`vote.session_id = ${sessionId}::uuid and vote.state = 'open'`),
    db.execute<{ next: string | null }>(sql`
      select max(decided_at) + make_interval(secs => ${VOTE_COOLDOWN_S}::float8) as next from ${roomVotes}
      where session_id = ${sessionId}::uuid and state = 'rejected'
        and decided_at > now() - make_interval(secs => ${VOTE_COOLDOWN_S}::float8)`),
  ]);
  const next = cooling.rows[0]?.next ?? null;
  return {
    vote: rows[0] === undefined ? null : toVote(rows[0]),
    nextVoteAt: next === null ? null : new Date(next).toISOString(),
  };
}
