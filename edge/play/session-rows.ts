import { eq, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games, nodes, sessions } from '#edge/store/schema.ts';
import type { Session } from '#shared/api/play.ts';
import { LIVE_SESSION_STATES, type SessionState } from '#shared/lifecycles.ts';

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
  seats: games.seats,
  endReason: sessions.endReason,
  createdAt: sessions.createdAt,
  ownerId: sessions.ownerId,
  nodeId: sessions.nodeId,
  signalUrl: nodes.signalUrl,
  slot: sessions.slot,
  epoch: sessions.epoch,
  /** Whether the hold on its slot has run out: over, although the reconciler has not come by yet. */
  reservationOver: sql<boolean>`${sessions.state} = 'reserved' and ${sessions.reservedUntil} < now()`,
};

export type SessionRow = Awaited<ReturnType<typeof selectSessions>>[number];

function selectSessions(db: Database) {
  return db
    .select(sessionColumns)
    .from(sessions)
    .innerJoin(games, eq(games.slug, sessions.game))
    .innerJoin(nodes, eq(nodes.id, sessions.nodeId));
}

const LIVE: readonly SessionState[] = LIVE_SESSION_STATES;

export function isLive(session: Pick<SessionRow, 'state' | 'reservationOver'>): boolean {
  return LIVE.includes(session.state) && !session.reservationOver;
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
