import { type SQL, sql } from 'drizzle-orm';
import { walletPostings, walletTransfers } from '#edge/store/schema.ts';

/**
 * A query for what players paid for sessions: columns session_id, user_id, at (when it was charged, or taken back by an operator) and
 * credits (below zero when taken back). Give a range of `at`: it is read by an index.
 */
export const creditsSpent: SQL = sql`
  select coalesce(transfer.session_id, original.session_id) as session_id, transfer.user_id, transfer.created_at as at,
    case posting.target when 'revenue' then posting.amount else -posting.amount end as credits
  from ${walletTransfers} as transfer
  join ${walletPostings} as posting on posting.transfer_id = transfer.id and 'revenue' in (posting.source, posting.target)
  left join ${walletTransfers} as original on original.id = transfer.reverses
  where transfer.kind in ('session_charge', 'reversal')`;
