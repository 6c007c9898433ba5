import { describe, expect, it } from 'vitest';
import { endSession } from '#edge/play/leave.ts';
import { offline, writePresence } from '#edge/presence/presence.ts';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import { api, newGame, newNode, newPlayers, type TestPlayer } from '#edge/testing/platform.ts';
import { type Club, clubsApi } from '#shared/api/clubs.ts';
import { playApi } from '#shared/api/play.ts';
import type { ClubStandingEvent } from '#shared/clubs.ts';
import { moveStanding } from './standing.ts';
import { tellMove } from './tell.ts';

const refOf = ({ user }: TestPlayer) => ({ id: user.id, displayName: user.displayName });

/** Does it as the route does, and answers what was told. */
async function move(
  actor: TestPlayer,
  club: Club,
  event: ClubStandingEvent,
  target: TestPlayer,
  reason?: string,
) {
  const services = await recordingServices();
  const step = { clubId: club.id, userId: target.user.id, actorId: actor.user.id, event };
  const moved = await moveStanding(services.db, step, undefined);
  await tellMove(services, event, moved, refOf(actor), reason);
  return services.told;
}

/** Players are told only when they are there; in these tests Redis knows of nobody, so that only the target is. */
describe('what a club tells', () => {
  it('an applicant and an invited player hear of what concerns them, the kicked why', async () => {
    const [owner, ada] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await api(clubsApi.create, { body: { name: 'Told' } }, owner);
    const invited = await move(owner, club, 'invite', ada);
    expect(toldTo(invited, ada.user.id, 'invited')).toEqual([
      {
        type: 'invited',
        to: 'club',
        id: club.id,
        code: null,
        title: 'Told',
        from: refOf(owner),
        expiresAt: null,
      },
    ]);
    expect(toldTo(invited, owner.user.id, 'club_changed')).toHaveLength(1);
    const accepted = await move(ada, club, 'accept', ada);
    expect(toldTo(accepted, ada.user.id, 'club_changed')).toEqual([
      { type: 'club_changed', clubId: club.id },
    ]);
    const kicked = await move(owner, club, 'kick', ada, 'Too loud');
    expect(toldTo(kicked, ada.user.id, 'kicked')).toEqual([
      { type: 'kicked', from: 'club', reason: 'Told: Too loud' },
    ]);
  });

  it('its members hear when the game at a table is over, if they are there', async () => {
    const [owner, member] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await api(clubsApi.create, { body: { name: 'Told' } }, owner);
    await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply' } }, member);
    const params = { id: club.id, userId: member.user.id };
    await api(clubsApi.standingOf, { params, body: { event: 'approve' } }, owner);
    const game = await newGame(2);
    await newNode([game]);
    const body = { game: game.slug };
    const table = await api(clubsApi.createTable, { params: { id: club.id }, body }, owner);
    const { session } = await api(playApi.create, { body: { table: table.id } }, owner);
    const services = await recordingServices();
    const userId = member.user.id;
    await writePresence(services.hints, { ...offline(userId), status: 'online' });
    await endSession(services, session.id, 'player_quit');
    expect(toldTo(services.told, userId, 'club_changed')).toEqual([
      { type: 'club_changed', clubId: club.id },
    ]);
    expect(toldTo(services.told, owner.user.id, 'club_changed')).toEqual([]);
  });
});
