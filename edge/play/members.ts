import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database } from '#edge/store/database.ts';
import { games, nodes, sessionMembers, sessionSeats, sessions } from '#edge/store/schema.ts';
import type { SeatRight } from '#shared/seat-rights.ts';
import type { Role } from '#shared/ticket.ts';
import { rightsNow } from './seats/statements.ts';
import { isOpen, type SessionRow, sessionColumns } from './session-rows.ts';

const relay = alias(nodes, 'relay');

/** As `rightsNow` calls it. */
const rule = alias(sessionSeats, 'rule');

/** `alive`: it can be reached, as far as is known. */
export interface Relay {
  nodeId: string;
  signalUrl: string;
  alive: boolean;
}

/** A user's place in a session. */
export interface Membership {
  session: SessionRow;
  role: Role;
  seat: number | null;
  /** Decides about the session, if they are in it. */
  host: boolean;
  /** Of the seat, as it is now. */
  rights: SeatRight[];
  /** False when they have left, or the session is over. */
  active: boolean;
  /** The node by which a spectator watches, if it is not the session's own. */
  relay?: Relay | null;
}

/** The user's place in that session, whatever has become of it. */
export async function membershipOf(
  db: Database,
  sessionId: string,
  userId: string,
): Promise<Membership | undefined> {
  const [row] = await selectMembership(db, sessionId, userId);
  return row;
}

/** The same as a query, for a transaction. */
export function selectMembership(db: Database, sessionId: string, userId: string) {
  return selectMemberships(db).where(
    and(eq(sessionMembers.sessionId, sessionId), eq(sessionMembers.userId, userId)),
  );
}

/** Where the user is now: as a player before as a spectator, then the newest. */
export async function currentMembership(db: Database, userId: string): Promise<Membership | undefined> {
  const rows = await selectMemberships(db)
    .where(and(eq(sessionMembers.userId, userId), eq(sessionMembers.active, true), isNull(sessions.endedAt)))
    .orderBy(desc(eq(sessionMembers.role, 'player')), desc(sessionMembers.claimedAt));
  return rows.find(row => isOpen(row.session));
}

function selectMemberships(db: Database) {
  return db
    .select({
      session: sessionColumns,
      role: sessionMembers.role,
      seat: sessionMembers.seat,
      host: sql<boolean>`coalesce(${sessions.hostId}, ${sessions.ownerId}) = ${sessionMembers.userId}`,
      rights: sql<SeatRight[]>`case when ${sessionMembers.seat} is null then '[]' else ${rightsNow} end`,
      active: sessionMembers.active,
      relay: sql<Relay | null>`case when ${sessionMembers.role} = 'spectator' and ${relay.id} is not null
        then jsonb_build_object('nodeId', ${relay.id}, 'signalUrl', ${relay.signalUrl}, 'alive',
          ${relay.state} in ('ready', 'draining') and ${relay.leaseExpiresAt} > now()) end`,
    })
    .from(sessionMembers)
    .innerJoin(sessions, eq(sessions.id, sessionMembers.sessionId))
    .innerJoin(games, eq(games.slug, sessions.game))
    .leftJoin(nodes, eq(nodes.id, sessions.nodeId))
    .leftJoin(relay, eq(relay.id, sessionMembers.relayNodeId))
    .leftJoin(rule, and(eq(rule.sessionId, sessionMembers.sessionId), eq(rule.seat, sessionMembers.seat)));
}
