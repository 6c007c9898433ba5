import { eq, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games, nodes, sessions } from '#edge/store/schema.ts';
import type { Session } from '#shared/api/play.ts';

/** A session with what its game and its node add to it. */
export const sessionColumns = {
  id: sessions.id,
  game: sessions.game,
  gameTitle: games.title,
  gameVersion: sessions.gameVersion,
  state: sessions.state,
  region: nodes.region,
  roomNumber: sessions.roomNumber,
  inviteCode: sessions.inviteCode,
  seats: sessions.seats,
  endReason: sessions.endReason,
  createdAt: sessions.createdAt,
  ownerId: sessions.ownerId,
  hostId: sessions.hostId,
  seating: sessions.seating,
  nodeId: sessions.nodeId,
  signalUrl: nodes.signalUrl,
  slot: sessions.slot,
  epoch: sessions.epoch,
  /** Whether its reservation or its place in the queue has run out: over, although the reconciler has not come by yet. */
  expired: sql<boolean>`(${sessions.state} = 'reserved' and ${sessions.reservedUntil} < now())
    or (${sessions.state} = 'queued' and ${sessions.waitUntil} < now())`,
  /** Whether the lease of its node has run out: lost, although nobody has noticed yet. */
  isNodeSilent: sql<boolean>`coalesce(${nodes.leaseExpiresAt} < now(), false)`,
};

export type SessionRow = Awaited<ReturnType<typeof selectSessions>>[number];

function selectSessions(db: Database) {
  return db
    .select(sessionColumns)
    .from(sessions)
    .innerJoin(games, eq(games.slug, sessions.game))
    .leftJoin(nodes, eq(nodes.id, sessions.nodeId));
}

/** Whether it goes on, or waits to: it holds its members' places. */
export function isOpen(session: Pick<SessionRow, 'endReason' | 'expired'>): boolean {
  return session.endReason === null && !session.expired;
}

/** What the API shows of a session. */
export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    game: row.game,
    gameTitle: row.gameTitle,
    state: row.state,
    region: row.region,
    roomNumber: row.roomNumber,
    inviteCode: row.inviteCode,
    seats: row.seats,
    endReason: row.endReason,
    createdAt: row.createdAt.toISOString(),
  };
}
