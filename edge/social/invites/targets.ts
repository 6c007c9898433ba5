import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Player } from '#edge/play/admission.ts';
import { joinSession } from '#edge/play/join.ts';
import { titleOfSession } from '#edge/play/roster.ts';
import type { Services } from '#edge/services.ts';
import { requireRole } from '#edge/social/clubs/found.ts';
import { getClub } from '#edge/social/clubs/read.ts';
import { moveStanding, standingOf } from '#edge/social/clubs/standing.ts';
import { tellMove } from '#edge/social/clubs/tell.ts';
import { joinByCode } from '#edge/social/parties/membership.ts';
import { requirePartyMember, viewParty } from '#edge/social/parties/parties.ts';
import { admitByHost, requireInRoom, tellRoom } from '#edge/social/rooms/rooms.ts';
import type { Database } from '#edge/store/database.ts';
import type { InviteTarget } from '#shared/api/invites.ts';
import type { Entry } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';

/** Throws what keeps `userId` from inviting others there, as things are now. */
export async function requireMayInvite(
  db: Database,
  to: InviteTarget,
  id: string,
  userId: string,
): Promise<void> {
  switch (to) {
    case 'session': {
      const { role } = await requireInRoom(db, id, userId);
      if (role !== 'player') throw new NearcadeError('forbidden', 'Only players with a seat invite');
      return;
    }
    case 'party':
      return requirePartyMember(db, id, userId);
    case 'club':
      return requireRole(db, id, userId, ['owner', 'officer']);
  }
}

/** What a link leads to, for who looks at it before they come. */
export async function titleOf(
  db: Database,
  to: InviteTarget,
  id: string,
  userId: string,
): Promise<string | null> {
  switch (to) {
    case 'session':
      return titleOfSession(db, id);
    case 'party':
      return null;
    case 'club':
      return (await getClub(db, id, userId)).name;
  }
}

export interface Arrival {
  to: InviteTarget;
  id: string;
  creatorId: string;
  /** As what a session is joined. */
  role: Role;
}

/** Whether the player is in the party or club already, so that coming again needs nothing. */
export async function isInAlready(db: Database, { to, id }: Arrival, userId: string): Promise<boolean> {
  return to === 'club' && (await standingOf(db, id, userId)).standing === 'member';
}

/** Lets the player in by the rights of who made the link, as those are now; answers the way into a session. */
export async function arrive(
  services: Services,
  { to, id, creatorId, role }: Arrival,
  player: Player,
  idempotency: IdempotentRequest,
): Promise<Entry | null> {
  const { db } = services;
  switch (to) {
    case 'session': {
      await admitByHost(db, id, creatorId, player.sub);
      const entry = await joinSession(services, player, { sessionId: id }, role, idempotency);
      await tellRoom(services, id);
      return entry;
    }
    case 'party': {
      const { code } = await viewParty(services, id, creatorId);
      await joinByCode(services, player.sub, code);
      return null;
    }
    case 'club': {
      const move = { clubId: id, userId: player.sub, actorId: creatorId, event: 'enter' } as const;
      const moved = await moveStanding(db, move, idempotency);
      await tellMove(services, 'enter', moved, { id: player.sub, displayName: player.name });
      return null;
    }
  }
}
