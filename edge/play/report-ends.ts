import { type SQL, sql } from 'drizzle-orm';
import { nodeEvents, sessions } from '#edge/store/schema.ts';
import type { Step } from '#edge/store/stored-procedure.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { FAILURE_REASONS, SESSION_TABLE } from '#shared/lifecycles.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { type Results, releaseQueries } from './endings.ts';
import { outcomeOf, type Reported, type ReportOutcome } from './reports.ts';

/** A node's word that a session has ended. */
export interface ReportedEnd {
  nodeId: string;
  event: Extract<NodeEvent, { type: 'session_ended' }>;
}

type EndRow = Reported & { reportId: string };

/** As JSON for `reports` of `reportEndsQueries`. */
export const reportRows = (ends: readonly ReportedEnd[]): string =>
  JSON.stringify(
    ends.map(({ nodeId, event: { id, sessionId, epoch, seq, at, reason } }) => {
      return { id, nodeId, sessionId, epoch, seq, at, reason, failed: FAILURE_REASONS.includes(reason) };
    }),
  );

/**
 * Ends the sessions that nodes have reported the ends of, each once and whatever came before, and gives back what they held: statements
 * for a procedure. An end is final, so it counts however late it is. Give what they answer to `settleDownAfter`, and to `outcomesOfEnds`.
 * `reports`: what `reportRows` makes, as jsonb; `sessionIds`: the sessions that are named, as jsonb.
 */
export function reportEndsQueries(reports: SQL, sessionIds: SQL): Step[] {
  const report = sql`
    with report as (
      select * from jsonb_to_recordset(${reports}) as report(
        id uuid, "nodeId" text, "sessionId" uuid, epoch bigint, seq int, at timestamptz, reason text, failed boolean)
    ), target as (
      -- One by one: see thatAreOver.
      select report.* from report cross join lateral (
        select session.node_id, session.epoch from ${sessions} as session
        where session.id = report."sessionId" offset 0) as session
      where session.node_id = report."nodeId" and session.epoch = report.epoch
    ), fresh as (
      insert into ${nodeEvents} (id, session_id, epoch, seq, type, at)
      select id, "sessionId", epoch, seq, 'session_ended', at from target
      on conflict (id) do nothing
      returning id
    ), first as (
      select distinct on ("sessionId") * from target where id in (select id from fresh) order by "sessionId", seq
    ), moved as (
      update ${sessions} as session set state = case when first.failed then 'failed' else 'ended' end,
        state_seq = greatest(session.state_seq, first.seq), reserved_until = null, missing_since = null,
        end_reason = first.reason, ended_at = now()
      from first where session.id = first."sessionId" and case when first.failed
        then session.state in ${statesThatTake(SESSION_TABLE, 'fail')}
        else session.state in ${statesThatTake(SESSION_TABLE, 'end')} end
      returning first.id
    )
    select report.id as "reportId", report.id in (select id from target) as known,
      report.id in (select id from fresh) as fresh, report.id in (select id from moved) as moved
    from report`;
  return [report, ...releaseQueries({ many: sessionIds })];
}

/** What became of each report, by the event's id. */
export function outcomesOfEnds(results: Results): Map<string, ReportOutcome> {
  const rows = results.flatMap(result => result.rows.filter((row): row is EndRow => 'reportId' in row));
  return new Map(rows.map(row => [row.reportId, outcomeOf(row)]));
}
