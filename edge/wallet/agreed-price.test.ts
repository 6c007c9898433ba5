import { expect, it } from 'vitest';
import { api, newGame, newNode, newPlayer, type TestPlayer } from '#edge/testing/platform.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { playApi } from '#shared/api/play.ts';

it('a session is not started for more than its player has agreed to, and nothing is held', async () => {
  const game = await newGame(2, { price: 5 });
  await newNode([game], { slots: 2 });
  const player = await newPlayer();
  await giveCredits(player, 20);
  const start = (maxPrice: number) =>
    api(playApi.create, { body: { game: game.slug, maxPrice } }, player, 'the-same-key');
  await expect(start(4)).rejects.toMatchObject({ code: 'price_changed' });
  expect(await walletOf(player)).toMatchObject({ available: 20, held: 0 });
  // The key of what was refused can be used again.
  expect((await start(5)).kind).toBe('admitted');
  expect(await walletOf(player)).toMatchObject({ available: 15, held: 5 });
});

/** A club's table whose owner, who has 20 credits, pays the 5 that its game costs. */
async function newPaidTable() {
  const game = await newGame(2, { price: 5 });
  await newNode([game], { slots: 2 });
  const [owner, member] = [await newPlayer(), await newPlayer()];
  await giveCredits(owner, 20);
  const club = await api(clubsApi.create, { body: { name: 'Agreed' } }, owner);
  await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply' } }, member);
  const params = { id: club.id, userId: member.user.id };
  await api(clubsApi.standingOf, { params, body: { event: 'approve' } }, owner);
  const body = { game: game.slug, payer: 'owner' } as const;
  const { id } = await api(clubsApi.createTable, { params: { id: club.id }, body }, owner);
  const sit = (player: TestPlayer) => api(playApi.create, { body: { table: id, maxPrice: 0 } }, player);
  return { owner, member, sit };
}

it('at a table that the owner pays for, who sits down agrees to nothing, and the owner to the price', async () => {
  const { owner, member, sit } = await newPaidTable();
  await expect(sit(owner)).rejects.toMatchObject({ code: 'price_changed' });
  const { session } = await sit(member);
  expect(await walletOf(owner)).toMatchObject({ available: 15, held: 5 });
  // It is paid for: now the owner sits down for nothing more.
  expect((await sit(owner)).session.id).toBe(session.id);
});

it('what others play on their credits is ended by who pays for it, and by no other who is not its host', async () => {
  const { owner, member, sit } = await newPaidTable();
  const { session } = await sit(member);
  const end = (player: TestPlayer) => api(playApi.end, { params: { id: session.id } }, player);
  await expect(end(await newPlayer())).rejects.toMatchObject({ code: 'session_not_found' });
  await end(owner);
  expect(await api(playApi.get, { params: { id: session.id } }, member)).toMatchObject({
    state: 'ended',
    endReason: 'credits_exhausted',
  });
  expect(await walletOf(owner)).toMatchObject({ available: 20, held: 0 });
  await expect(end(owner)).rejects.toMatchObject({ code: 'session_not_found' });
});
