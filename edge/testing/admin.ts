import { type AuditEntry, type AuditQuery, adminAuditApi } from '#shared/api/admin.ts';
import { api, type TestPlayer } from './platform.ts';

/** A reason that no other test gives. */
export const newReason = () => `Because of ${crypto.randomUUID()}`;

/** The entries of one target, the newest first. */
export async function auditOf(
  reader: Pick<TestPlayer, 'token'>,
  targetId: string,
  query: Partial<AuditQuery> = {},
): Promise<AuditEntry[]> {
  return (await api(adminAuditApi.audit, { query: { targetId, ...query } }, reader)).items;
}
