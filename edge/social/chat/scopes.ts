import { sql } from 'drizzle-orm';
import { hostOf, rosterOf } from '#edge/play/roster.ts';
import { clubMemberIds, requireClubMember } from '#edge/social/clubs/clubs.ts';
import { isPartyLeader, partyMemberIds, requirePartyMember } from '#edge/social/parties/parties.ts';
import { requireInRoom } from '#edge/social/rooms/rooms.ts';
import type { Database } from '#edge/store/database.ts';
import type { ChatScope } from '#shared/chat.ts';

/** One chat: that of a party, a club or a room, whose id is its session's. */
export interface Chat {
  scope: ChatScope;
  scopeId: string;
}

export interface ChatMembership {
  /** May delete what others wrote. */
  isModerator: boolean;
}

interface ScopeRules {
  /** Throws why the user is not in it. */
  require(db: Database, id: string, userId: string): Promise<ChatMembership>;
  members(db: Database, id: string): Promise<string[]>;
}

const SCOPES: Readonly<Record<ChatScope, ScopeRules>> = {
  party: {
    async require(db, id, userId) {
      await requirePartyMember(db, id, userId);
      return { isModerator: await isPartyLeader(db, id, userId) };
    },
    members: partyMemberIds,
  },
  club: {
    async require(db, id, userId) {
      return { isModerator: (await requireClubMember(db, id, userId)) !== 'member' };
    },
    members: clubMemberIds,
  },
  room: {
    async require(db, id, userId) {
      await requireInRoom(db, id, userId);
      const { rows } = await db.execute<{ host: string | null }>(sql`select ${hostOf(id)} as host`);
      return { isModerator: rows[0]?.host === userId };
    },
    members: async (db, id) => (await rosterOf(db, [id])).map(entry => entry.userId),
  },
};

/** Throws what the scope's capability says of who is not in it: `party_not_found`, `forbidden`, `session_over` and the like. */
export function requireChatMember(
  db: Database,
  { scope, scopeId }: Chat,
  userId: string,
): Promise<ChatMembership> {
  return SCOPES[scope].require(db, scopeId, userId);
}

export function membersOfChat(db: Database, { scope, scopeId }: Chat): Promise<string[]> {
  return SCOPES[scope].members(db, scopeId);
}
