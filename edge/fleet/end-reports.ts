import { endFacts, recordEndsQueries } from '#edge/history/plays.ts';
import { askWhetherAwaited } from '#edge/play/queue.ts';
import { type ReportedEnd, reportEndsQueries, reportRows } from '#edge/play/report-ends.ts';
import type { Database } from '#edge/store/database.ts';
import { type ProcedureResults, StoredProcedure } from '#edge/store/stored-procedure.ts';

/** What nodes have reported of ends, and the history of who was there, in one transaction: all of it or nothing. */
export const applyEndReports = new StoredProcedure({
  name: 'apply_end_reports',
  params: { reports: 'jsonb', facts: 'jsonb', session_ids: 'jsonb' },
  statements: ({ reports, facts, session_ids }) => [
    ...reportEndsQueries(reports, session_ids),
    ...recordEndsQueries(facts, session_ids),
  ],
  afterwards: askWhetherAwaited,
});

export function applyReportedEnds(db: Database, ends: readonly ReportedEnd[]): Promise<ProcedureResults> {
  const ids = ends.map(({ event }) => event.sessionId);
  return applyEndReports.run(db, {
    reports: reportRows(ends),
    facts: endFacts(ends),
    session_ids: JSON.stringify(ids),
  });
}
