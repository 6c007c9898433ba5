import { describe, expect, it } from 'vitest';
import { api, newGame, newPlayers, PASSWORD, services, type TestPlayer } from '#edge/testing/platform.ts';
import { type Club, clubsApi } from '#shared/api/clubs.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { tableForPlay } from './tables.ts';

/** A club with an owner, an officer and a member. */
async function newClub() {
  const [owner, officer, member, stranger] = (await newPlayers(4)) as [
    TestPlayer,
    TestPlayer,
    TestPlayer,
    TestPlayer,
  ];
  const club = await api(clubsApi.create, { body: { name: 'Tables' } }, owner);
  for (const player of [officer, member]) {
    await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply' } }, player);
    const params = { id: club.id, userId: player.user.id };
    await api(clubsApi.standingOf, { params, body: { event: 'approve' } }, owner);
  }
  const params = { id: club.id, userId: officer.user.id };
  await api(clubsApi.role, { params, body: { role: 'officer' } }, owner);
  return { club, owner, officer, member, stranger };
}

const setUp = (
  player: TestPlayer,
  club: Club,
  body: { game: string; number?: number; seats?: number; payer?: 'owner' | 'host' },
  key?: string,
) => api(clubsApi.createTable, { params: { id: club.id }, body }, player, key);

describe("a club's tables", () => {
  it('get the lowest free number, or the one asked for, once for each request', async () => {
    const { club, owner, officer, member } = await newClub();
    const game = await newGame(4);
    const key = crypto.randomUUID();
    const twice = await Promise.all([1, 2].map(() => setUp(officer, club, { game: game.slug }, key)));
    expect(new Set(twice.map(table => table.id)).size).toBe(1);
    expect(twice[0]).toMatchObject({ number: 1, seats: 4, payer: 'host', session: null, freeSeats: 4 });
    await setUp(owner, club, { game: game.slug, number: 3, seats: 2, payer: 'owner' });
    expect(await setUp(owner, club, { game: game.slug })).toMatchObject({ number: 2 });
    const taken = setUp(owner, club, { game: game.slug, number: 3 });
    await expect(taken).rejects.toMatchObject({ code: 'club_table_number_taken' });
    const { tables } = await api(clubsApi.tables, { params: { id: club.id } }, member);
    expect(tables.map(table => [table.number, table.seats, table.payer])).toEqual([
      [1, 4, 'host'],
      [2, 4, 'host'],
      [3, 2, 'owner'],
    ]);
  });

  it('have numbers of their own when set up at once', async () => {
    const { club, owner, officer } = await newClub();
    const game = await newGame();
    const tables = await Promise.all(
      Array.from({ length: 12 }, (_, index) => setUp(index % 2 ? owner : officer, club, { game: game.slug })),
    );
    expect(tables.map(table => table.number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });

  it('are changed and taken away by officers; what the owner pays for by the owner', async () => {
    const { club, owner, officer, member, stranger } = await newClub();
    const [game, other] = [await newGame(2), await newGame(4)];
    const table = await setUp(officer, club, { game: game.slug });
    const params = { id: club.id, tableId: table.id };
    const body = { game: other.slug, seats: 3, payer: 'host' } as const;
    for (const player of [member, stranger]) {
      await expect(setUp(player, club, { game: game.slug })).rejects.toMatchObject({ code: 'forbidden' });
      await expect(api(clubsApi.changeTable, { params, body }, player)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(api(clubsApi.removeTable, { params }, player)).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
    expect(await api(clubsApi.changeTable, { params, body }, officer)).toMatchObject({
      game: other.slug,
      seats: 3,
    });
    const paid = { ...body, payer: 'owner' } as const;
    await expect(api(clubsApi.changeTable, { params, body: paid }, officer)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(setUp(officer, club, { game: game.slug, payer: 'owner' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await api(clubsApi.changeTable, { params, body: paid }, owner)).toMatchObject({ payer: 'owner' });
    await api(clubsApi.removeTable, { params }, officer);
    await expect(api(clubsApi.removeTable, { params }, officer)).rejects.toMatchObject({
      code: 'club_table_not_found',
    });
  });

  it('that the owner paid for are paid by who plays once the club is another’s, until the new owner says otherwise', async () => {
    const { club, owner, officer, member } = await newClub();
    const { db } = await services();
    const game = await newGame(2);
    const body = { game: game.slug, payer: 'owner' } as const;
    const table = await setUp(owner, club, body);
    const payer = async () => (await tableForPlay(db, table.id, member.user.id)).payerId;
    const handOver = (by: TestPlayer, to: TestPlayer) => {
      const params = { id: club.id, userId: to.user.id };
      return api(clubsApi.role, { params, body: { role: 'owner' } }, by);
    };
    expect(await payer()).toBe(owner.user.id);
    await handOver(owner, officer);
    expect(await payer()).toBeNull();
    const params = { id: club.id, tableId: table.id };
    await api(clubsApi.changeTable, { params, body: { ...body, seats: 2 } }, officer);
    expect(await payer()).toBe(officer.user.id);
    // Asked again it changes nothing, also not what the new owner has agreed to.
    await handOver(owner, officer);
    expect(await payer()).toBe(officer.user.id);
    await api(myAccountApi.delete, { body: { password: PASSWORD } }, officer);
    expect(await payer()).toBeNull();
  });

  it('refuse games that are not there and seats that a game does not have', async () => {
    const { club, owner } = await newClub();
    const game = await newGame(2);
    await expect(setUp(owner, club, { game: 'nothing' })).rejects.toMatchObject({ code: 'game_not_found' });
    await expect(setUp(owner, club, { game: game.slug, seats: 3 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(setUp(owner, club, { game: game.slug, number: 101 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('are there to play at for members of a club that goes on', async () => {
    const { club, owner, member, stranger } = await newClub();
    const { db } = await services();
    const game = await newGame(4);
    const table = await setUp(owner, club, { game: game.slug, seats: 3, payer: 'owner' });
    expect(await tableForPlay(db, table.id, member.user.id)).toEqual({
      clubId: club.id,
      game: game.slug,
      seats: 3,
      payerId: owner.user.id,
    });
    await expect(tableForPlay(db, table.id, stranger.user.id)).rejects.toMatchObject({ code: 'forbidden' });
    await api(clubsApi.disband, { params: { id: club.id }, body: { number: club.number } }, owner);
    await expect(tableForPlay(db, table.id, member.user.id)).rejects.toMatchObject({
      code: 'club_table_not_found',
    });
  });
});
