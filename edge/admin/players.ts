import { type AccountState, findUsers, stateOfAccount } from '#edge/accounts/find.ts';
import { listSignIns } from '#edge/accounts/sign-ins.ts';
import { currentMembership } from '#edge/play/members.ts';
import { placeOf } from '#edge/play/queue-places.ts';
import { toSession } from '#edge/play/session-rows.ts';
import { presencesOf } from '#edge/presence/presence.ts';
import type { Services } from '#edge/services.ts';
import { partyIdOf } from '#edge/social/parties/parties.ts';
import type { Database } from '#edge/store/database.ts';
import { balanceOf } from '#edge/wallet/balance.ts';
import type { AdminAccount, PlayerState } from '#shared/api/admin-players.ts';
import type { Page } from '#shared/api/page.ts';
import type { CurrentPlace } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';

export async function findPlayers(
  db: Database,
  { q, ...page }: { q: string; cursor?: string | undefined; limit: number },
): Promise<Page<AdminAccount>> {
  const { items, nextCursor } = await findUsers(db, q, page);
  return { items: items.map(toAccount), nextCursor };
}

/** Looking at a player is no sign of life of theirs: it changes nothing. Throws `player_not_found`. */
export async function stateOfPlayer(services: Services, userId: string): Promise<PlayerState> {
  const { db } = services;
  const [account, devices, current, presence, wallet, partyId] = await Promise.all([
    accountOf(db, userId),
    listSignIns(services, { sub: userId, sid: '' }),
    placeOfPlayer(db, userId),
    presencesOf(services, [userId]).catch(() => []),
    balanceOf(db, userId),
    partyIdOf(db, userId),
  ]);
  return {
    account: toAccount(account),
    devices: devices.map(({ current: _, ...device }) => device),
    current,
    presence: presence[0] ?? null,
    wallet,
    partyId: partyId ?? null,
  };
}

/** Also of a deleted one. Throws `player_not_found`. */
export async function accountOf(db: Database, userId: string): Promise<AccountState> {
  const account = await stateOfAccount(db, userId);
  if (account === undefined) throw new NearcadeError('player_not_found');
  return account;
}

/** What operators change of a player, for the audit log: nothing personal, since the log outlives the account. */
export async function lookAtPlayer(db: Database, userId: string) {
  const [account, current, partyId] = await Promise.all([
    accountOf(db, userId),
    currentMembership(db, userId),
    partyIdOf(db, userId),
  ]);
  return {
    role: account.role,
    banned: account.banned,
    bannedUntil: account.bannedUntil?.toISOString() ?? null,
    banReason: account.banReason,
    signIns: account.signIns,
    sessionId: current?.session.id ?? null,
    sessionState: current?.session.state ?? null,
    partyId: partyId ?? null,
  };
}

async function placeOfPlayer(db: Database, userId: string): Promise<CurrentPlace | null> {
  const found = await currentMembership(db, userId);
  if (found === undefined) return null;
  const { session, role, seat, host } = found;
  const queue = session.state === 'queued' ? ((await placeOf(db, session.id)) ?? null) : null;
  return { session: toSession(session), role, seat, host, queue };
}

const toAccount = ({ createdAt, deletedAt, bannedUntil, lastUsedAt, ...account }: AccountState) => ({
  ...account,
  createdAt: createdAt.toISOString(),
  deletedAt: deletedAt?.toISOString() ?? null,
  bannedUntil: bannedUntil?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});
