import { describe, expect, it } from 'vitest';
import { refusalOf } from '#edge/social/rooms/testing.ts';
import { api, newGame, newNode, newPlayers, type TestPlayer } from '#edge/testing/platform.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { invitesApi } from '#shared/api/invites.ts';
import { playApi } from '#shared/api/play.ts';

/** A club whose first table seats three of a game of four, with members enough and one stranger. */
async function newTable() {
  const [owner, ...others] = (await newPlayers(6)) as [TestPlayer, ...TestPlayer[]];
  const members = [owner, ...others.slice(0, 4)];
  const stranger = others[4] as TestPlayer;
  const club = await api(clubsApi.create, { body: { name: 'Tables' } }, owner);
  const invite = await api(invitesApi.create, { body: { to: 'club', id: club.id } }, owner);
  for (const member of members.slice(1)) {
    await api(invitesApi.use, { body: { token: invite.token ?? '' } }, member);
  }
  const game = await newGame(4);
  await newNode([game], { slots: 3 });
  const body = { game: game.slug, seats: 3 };
  const table = await api(clubsApi.createTable, { params: { id: club.id }, body }, owner);
  return { club, table, members, stranger };
}

const sitDown = (player: TestPlayer, table: { id: string }) =>
  api(playApi.create, { body: { table: table.id } }, player);

describe("sitting down at a club's table", () => {
  it('leads all who ask at once to the same session, as many as it seats', async () => {
    const { club, table, members, stranger } = await newTable();
    const four = members.slice(0, 4);
    const entries = await Promise.allSettled(four.map(player => sitDown(player, table)));
    const seated = entries.flatMap(entry => (entry.status === 'fulfilled' ? [entry.value] : []));
    expect(seated).toHaveLength(3);
    expect(new Set(seated.map(entry => entry.session.id)).size).toBe(1);
    expect(seated.map(entry => entry.seat).sort()).toEqual([1, 2, 3]);
    const { tables } = await api(clubsApi.tables, { params: { id: club.id } }, members[4]);
    expect(tables).toMatchObject([{ freeSeats: 0, session: { id: seated[0]?.session.id, spectators: 0 } }]);
    expect(tables[0]?.session?.players).toHaveLength(3);
    expect(await refusalOf(sitDown(stranger, table))).toBe('forbidden');
  });

  it('again leads back to the same session and seat', async () => {
    const { club, table, members } = await newTable();
    const [ada, bob] = members as [TestPlayer, TestPlayer];
    await sitDown(ada, table);
    const first = await sitDown(bob, table);
    expect(await sitDown(bob, table)).toMatchObject({ seat: first.seat, session: { id: first.session.id } });
    await api(clubsApi.removeTable, { params: { id: club.id, tableId: table.id } }, ada);
    expect((await api(playApi.current, {}, bob)).current).toMatchObject({ seat: first.seat });
  });

  it('is for members, and for whom the host lets in by a link', async () => {
    const { table, members, stranger } = await newTable();
    const [ada, bob] = members as [TestPlayer, TestPlayer];
    const { session } = await sitDown(ada, table);
    const byNumber = { roomNumber: session.roomNumber, role: 'player' } as const;
    expect(await refusalOf(api(playApi.join, { body: byNumber }, stranger))).toBe('room_closed');
    expect(await api(playApi.join, { body: byNumber }, bob)).toMatchObject({ seat: 2 });
    const invite = await api(invitesApi.create, { body: { to: 'session', id: session.id } }, ada);
    const { entry } = await api(invitesApi.use, { body: { token: invite.token ?? '' } }, stranger);
    expect(entry).toMatchObject({ seat: 3, session: { id: session.id } });
  });
});
