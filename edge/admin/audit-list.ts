import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { auditLog } from '#edge/store/schema.ts';
import { type AuditEntry, type AuditQuery, auditEntrySchema } from '#shared/api/admin.ts';
import type { Page } from '#shared/api/page.ts';
import { NearcadeError } from '#shared/errors.ts';

const cursorSchema = z.tuple([z.uuid()]);

/** The newest first. Throws `invalid_request` for a cursor that is none of ours. */
export async function listAudit(db: Database, query: AuditQuery): Promise<Page<AuditEntry>> {
  const after = decodeCursor(cursorSchema, query.cursor)?.[0];
  const entries = await readEntries(
    db,
    and(
      after === undefined ? undefined : lt(auditLog.id, after),
      query.actor === undefined ? undefined : eq(auditLog.actorId, query.actor),
      query.act === undefined ? undefined : eq(auditLog.act, query.act),
      query.targetKind === undefined ? undefined : eq(auditLog.targetKind, query.targetKind),
      query.targetId === undefined ? undefined : eq(auditLog.targetId, query.targetId),
      query.outcome === undefined ? undefined : eq(auditLog.outcome, query.outcome),
      query.from === undefined ? undefined : gte(auditLog.createdAt, new Date(query.from)),
      query.to === undefined ? undefined : lt(auditLog.createdAt, new Date(query.to)),
    ),
    query.limit + 1,
  );
  return toPage(entries, query.limit, entry => [entry.id]);
}

export async function readEntry(db: Database, id: string): Promise<AuditEntry> {
  const [entry] = await readEntries(db, eq(auditLog.id, id), 1);
  if (entry === undefined) throw new NearcadeError('not_found', 'No such entry');
  return entry;
}

async function readEntries(db: Database, where: SQL | undefined, limit: number): Promise<AuditEntry[]> {
  const rows = await db.select().from(auditLog).where(where).orderBy(desc(auditLog.id)).limit(limit);
  const profiles = await profilesOf(
    db,
    rows.map(row => row.actorId),
  );
  return rows.map(row =>
    auditEntrySchema.parse({
      ...row,
      actor: { id: row.actorId, displayName: profiles.get(row.actorId)?.displayName ?? '' },
      target: { kind: row.targetKind, id: row.targetId },
      at: row.createdAt.toISOString(),
      finishedAt: row.finishedAt?.toISOString() ?? null,
    }),
  );
}
