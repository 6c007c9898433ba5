import { endAllSignIns } from '#edge/accounts/sign-ins.ts';
import { ban, setRole, unban } from '#edge/accounts/standing.ts';
import { putOutOfPlay } from '#edge/play/put-out-player.ts';
import { offline, writePresence } from '#edge/presence/presence.ts';
import type { Services } from '#edge/services.ts';
import { leaveParty } from '#edge/social/parties/membership.ts';
import { partyIdOf } from '#edge/social/parties/parties.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { type AccountRole, PERMISSIONS_OF_ROLE } from '#shared/roles.ts';
import type { Act } from './audit.ts';
import { accountOf, lookAtPlayer } from './players.ts';

/** An operator's act on a player. Each throws `player_not_found`, and `forbidden` against who may do more than the operator. */
export interface PlayerAct {
  services: Services;
  /** The operator. */
  actorId: string;
  userId: string;
  reason: string;
}

/** Frees who is stuck: nothing of them is in a session, a queue or a party any more, and presence says nothing. */
export const resetPlayer = (about: PlayerAct): Act<null> =>
  onPlayer(about, 'player.reset', async () => {
    const { services, userId } = about;
    await putOutOfPlay(services, userId, 'kicked');
    const partyId = await partyIdOf(services.db, userId);
    if (partyId !== undefined) await leaveParty(services, partyId, userId);
    // A hint, which the player's own sockets put right within a minute.
    await writePresence(services.hints, offline(userId)).catch(() => undefined);
    return undefined;
  });

export const kickPlayer = (about: PlayerAct, from: 'session' | 'platform'): Act<null> =>
  onPlayer(about, 'player.kick', async () => {
    const { services, userId, reason } = about;
    const left = await putOutOfPlay(services, userId, 'kicked');
    if (from === 'session' && left.length === 0) {
      throw new NearcadeError('session_not_found', 'This player is in no session');
    }
    // Before the sockets are cut that it goes over.
    await services.live.send([userId], { type: 'kicked', from, reason });
    if (from === 'platform') await endAllSignIns(services, userId);
    return undefined;
  });

export const banPlayer = (about: PlayerAct, until: Date | null): Act<null> =>
  onPlayer(about, 'player.ban', async () => {
    const { services, userId, reason } = about;
    if (until !== null && until <= services.now()) {
      throw wrongField('until', 'lies in the past');
    }
    const earlier = await ban(services, userId, { until, reason });
    await putOutOfPlay(services, userId, 'banned');
    return { ban: earlier };
  });

export const unbanPlayer = (about: PlayerAct): Act<null> =>
  onPlayer(about, 'player.unban', async () => ({ ban: await unban(about.services.db, about.userId) }));

export const signOutPlayer = (about: PlayerAct): Act<null> =>
  onPlayer(about, 'player.sign_out', async () => {
    await endAllSignIns(about.services, about.userId);
    return undefined;
  });

/** Throws `forbidden` also for a role that may do more than the operator, `email_unverified` and `last_admin`. */
export const changeRole = (about: PlayerAct, role: AccountRole): Act<null> =>
  onPlayer(about, 'player.role', async () => {
    const { services, actorId, userId } = about;
    const actor = await accountOf(services.db, actorId);
    if (!covers(actor.role, role)) throw new NearcadeError('forbidden', 'You may do less than that role');
    return { role: await setRole(services.db, userId, role) };
  });

/** What the act itself saw before, under its locks: another operator may have been quicker than the look around it. */
interface Before {
  ban?: { until: Date | null; reason: string } | null;
  role?: AccountRole;
}

function onPlayer(
  { services, actorId, userId }: PlayerAct,
  act: Act<null>['act'],
  run: () => Promise<Before | undefined>,
): Act<null> {
  const look = () => lookAtPlayer(services.db, userId);
  return {
    act,
    target: { kind: 'player', id: userId },
    look,
    async run() {
      await requireAuthority(services, actorId, userId);
      const looked = await look();
      const seen = await run();
      return { answer: null, before: { ...looked, ...seenBefore(seen ?? {}) } };
    },
  };
}

const seenBefore = ({ ban: earlier, role }: Before) => ({
  ...(role === undefined ? {} : { role }),
  ...(earlier === undefined
    ? {}
    : {
        banned: earlier !== null,
        bannedUntil: earlier?.until?.toISOString() ?? null,
        banReason: earlier?.reason ?? null,
      }),
});

/** Nobody acts against who may do what they may not. */
async function requireAuthority({ db }: Services, actorId: string, userId: string): Promise<void> {
  const [actor, target] = await Promise.all([accountOf(db, actorId), accountOf(db, userId)]);
  if (target.deletedAt !== null) throw new NearcadeError('player_not_found', 'This account was deleted');
  if (!covers(actor.role, target.role)) {
    throw new NearcadeError('forbidden', 'This account may do more than yours');
  }
}

const covers = (one: AccountRole, other: AccountRole) =>
  PERMISSIONS_OF_ROLE[other].every(permission => PERMISSIONS_OF_ROLE[one].includes(permission));
