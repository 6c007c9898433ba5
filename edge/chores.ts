import { putOutBanned } from './accounts/banned-in-play.ts';
import { finishDeletions } from './accounts/finish-deletion.ts';
import { anonymiseIdleGuests } from './accounts/guests.ts';
import { deleteOldLinks } from './accounts/links.ts';
import { deleteOldLocks } from './accounts/lock-out.ts';
import { deleteOldJourneys } from './accounts/oidc/journeys.ts';
import { deleteOldChallenges } from './accounts/passkeys/challenges.ts';
import { deleteOldRefreshTokens } from './accounts/refresh-tokens.ts';
import { deleteOldActiveDays } from './admin/numbers/active-days.ts';
import { takeSamples, thinOutSamples } from './admin/numbers/samples.ts';
import { turnOutWhoSlippedIn } from './admin/platform/turn-out.ts';
import { keepNames } from './fleet/naming/names.ts';
import { deleteOldOrders } from './fleet/orders.ts';
import { reconcile } from './fleet/reconcile.ts';
import { deleteOldEntries } from './history/leaderboards.ts';
import { closePlays, deleteOldPresence } from './history/plays.ts';
import { describeError, log } from './http/log.ts';
import { deleteOldMails, sendAllDueMails } from './mail/outbox.ts';
import { deleteOldReports } from './play/reports.ts';
import { settleDueSeats } from './play/seats/change.ts';
import { cleanRecordings } from './recordings/clean.ts';
import { cleanSaves } from './saves/clean.ts';
import { deleteOldShares } from './saves/shares.ts';
import type { Services } from './services.ts';
import { deleteOldChat } from './social/chat/history.ts';
import { deleteOldInvites } from './social/invites/links.ts';
import { keepPartiesInOrder } from './social/parties/upkeep.ts';
import { settleDueVotes } from './social/rooms/votes.ts';
import { deleteOldIdempotencyKeys } from './store/requests.ts';
import { auditWallets } from './wallet/audit.ts';
import { extendHolds } from './wallet/extend-holds.ts';
import { deleteOldCheckouts } from './wallet/payments/checkouts.ts';

/** What the cron does each minute, in this order. */
const CHORES: Readonly<Record<string, (services: Services) => Promise<unknown>>> = {
  reconcile,
  turnOutWhoSlippedIn,
  putOutBanned,
  extendHolds,
  sendAllDueMails,
  deleteOldMails: ({ db }) => deleteOldMails(db),
  anonymiseIdleGuests: ({ db }) => anonymiseIdleGuests(db),
  finishDeletions,
  deleteOldLinks: ({ db }) => deleteOldLinks(db),
  deleteOldLocks: ({ db }) => deleteOldLocks(db),
  deleteOldIdempotencyKeys: ({ db }) => deleteOldIdempotencyKeys(db),
  deleteOldRefreshTokens: ({ db }) => deleteOldRefreshTokens(db),
  deleteOldChallenges: ({ db }) => deleteOldChallenges(db),
  deleteOldJourneys: ({ db }) => deleteOldJourneys(db),
  deleteOldReports: ({ db }) => deleteOldReports(db),
  closePlays: ({ db }) => closePlays(db),
  deleteOldPresence: ({ db }) => deleteOldPresence(db),
  deleteOldEntries: ({ db }) => deleteOldEntries(db),
  cleanSaves,
  cleanRecordings,
  deleteOldShares: ({ db }) => deleteOldShares(db),
  deleteOldOrders: ({ db }) => deleteOldOrders(db),
  keepNames,
  keepPartiesInOrder,
  auditWallets,
  deleteOldCheckouts: ({ db }) => deleteOldCheckouts(db),
  deleteOldChat: ({ db }) => deleteOldChat(db),
  settleDueVotes,
  settleDueSeats,
  takeSamples,
  thinOutSamples: ({ db }) => thinOutSamples(db),
  deleteOldActiveDays: ({ db }) => deleteOldActiveDays(db),
  deleteOldInvites: ({ db }) => deleteOldInvites(db),
};

/** Runs every chore; one that fails is logged, keeps none of the others back and is due again in a minute. */
export async function runChores(services: Services): Promise<void> {
  for (const [chore, run] of Object.entries(CHORES)) {
    try {
      await run(services);
    } catch (error) {
      log('error', 'chore failed', { chore, ...describeError(error) });
    }
  }
}
