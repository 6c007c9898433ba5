import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { type Account, walletPostings, walletTransfers } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import type { Transfer, TransferKind } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';

/** What each kind is to the player. */
const TITLES: Readonly<Record<TransferKind, string>> = {
  top_up: 'Credits added by the operator',
  welcome: 'Welcome credits',
  payment: 'Credits bought',
  payment_refund: 'Payment returned',
  session_hold: 'Held for a session',
  session_charge: 'Session played',
  session_refund: 'Session not charged',
  debt_paid: 'Paid what was owed',
  reversal: 'Correction',
};

const cursorSchema = z.tuple([z.uuid()]);

/** A player's transfers, newest first. Throws `invalid_request` for a cursor that is none. */
export async function listTransfers(
  db: Database,
  userId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Transfer>> {
  const after = decodeCursor(cursorSchema, cursor);
  const before = after === undefined ? undefined : lt(walletTransfers.id, after[0]);
  const rows = await selectTransfers(db, and(eq(walletTransfers.userId, userId), before)).limit(limit + 1);
  return toPage(rows.map(toTransfer), limit, transfer => [transfer.id]);
}

/** A player's transfer. Throws `transfer_not_found`. */
export async function readTransfer(db: Database, userId: string, id: string): Promise<Transfer> {
  const [row] = await selectTransfers(
    db,
    and(eq(walletTransfers.id, id), eq(walletTransfers.userId, userId)),
  );
  if (row === undefined) throw new NearcadeError('transfer_not_found');
  return toTransfer(row);
}

export function selectTransfers(db: Database, where: SQL | undefined) {
  return db
    .select({
      id: walletTransfers.id,
      kind: walletTransfers.kind,
      available: changeOf('available'),
      held: changeOf('held'),
      debt: changeOf('debt'),
      sessionId: walletTransfers.sessionId,
      reverses: walletTransfers.reverses,
      reason: walletTransfers.reason,
      createdAt: walletTransfers.createdAt,
    })
    .from(walletTransfers)
    .where(where)
    .orderBy(desc(walletTransfers.id));
}

function changeOf(account: Account): SQL<number> {
  return sql<number>`(
    select coalesce(sum(case when posting.target = ${account} then posting.amount when posting.source = ${account} then -posting.amount end), 0)
    from ${walletPostings} as posting where posting.transfer_id = ${walletTransfers.id})`.mapWith(Number);
}

type TransferRow = Awaited<ReturnType<typeof selectTransfers>>[number];

export function toTransfer({ debt, createdAt, ...row }: TransferRow): Transfer {
  return { ...row, title: TITLES[row.kind], owed: 0 - debt, createdAt: createdAt.toISOString() };
}
