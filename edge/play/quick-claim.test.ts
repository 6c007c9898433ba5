import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import {
  api,
  claimsOf,
  codeOf,
  create,
  createOk,
  enter,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  services,
  type TestGame,
} from '#edge/testing/platform.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { accountsApi } from '#shared/api/accounts.ts';
import { playApi } from '#shared/api/play.ts';
import { claimSession } from './claim.ts';

/** A free game that this isolate has claimed before, with `slots` slots that are left. */
async function known(slots = 1): Promise<TestGame> {
  const game = await newGame();
  await newNode([game], { slots: slots + 1 });
  await createOk(await newPlayer(), game);
  expect(await isKnown(game)).toBe(true);
  return game;
}

const isKnown = async ({ slug }: TestGame) => (await services()).quickClaims.get(`${slug}/stable`) ?? false;

/** Claims without what createSession does about a place in line. */
async function claim(game: TestGame) {
  const player = await newPlayer();
  const who = { sub: player.user.id, name: 'Ada', sid: String(claimsOf(player.token).sid) };
  const request = {
    game: game.slug,
    channel: 'stable' as const,
    placement: { regionCosts: { local: 3 }, loadCosts: {} },
    groupKey: null,
    seats: null,
    save: { slot: 'auto', id: null },
    payerId: who.sub,
    maxPrice: null,
  };
  const idempotency = { userId: who.sub, key: crypto.randomUUID(), requestHash: 'hash' };
  const answer = await claimSession(await services(), who, request, idempotency);
  return 'made' in answer ? answer.made.session.state : answer.refused;
}

it('asks for the price that the game has got meanwhile', async () => {
  const game = await known(2);
  const { db } = await services();
  await db.execute(sql`update game_builds set price = 2 where game = ${game.slug}`);
  const poor = await newPlayer();
  expect(await codeOf(create(poor, game))).toBe('credits_short');
  expect(await isKnown(game)).toBe(false);
  const payer = await newPlayer();
  await giveCredits(payer, 5);
  await createOk(payer, game);
  expect(await walletOf(payer)).toMatchObject({ available: 3, held: 2 });
});

it('stands in line behind who came before, though a slot is free', async () => {
  const game = await known(0);
  expect((await enter(await newPlayer(), game)).kind).toBe('queued');
  const { db } = await services();
  // As it is between the commit that frees a slot and the one that gives it to the first in line.
  await db.execute(sql`
    with over as (
      update sessions set state = 'ended', end_reason = 'player_quit', ended_at = now(), reserved_until = null
      where game = ${game.slug} and state = 'reserved' returning id)
    update slots set session_id = null where session_id in (select id from over)`);
  expect(await claim(game)).toBe('queued');
  expect(await isKnown(game)).toBe(false);
});

it('gives a place in line when all slots are taken', async () => {
  const game = await known(0);
  expect(await claim(game)).toBe('queued');
});

it('answers one session to the same request, repeated and ten times at once', async () => {
  const game = await known(3);
  const player = await newPlayer();
  const key = crypto.randomUUID();
  const ask = () => api(playApi.create, { body: { game: game.slug } }, player, key);
  const entries = await Promise.all(Array.from({ length: 10 }, ask));
  entries.push(await ask());
  expect(new Set(entries.map(entry => entry.session.id)).size).toBe(1);
  const { db } = await services();
  const { rows } = await db.execute(sql`
    select 1 from slots join sessions on sessions.id = slots.session_id where sessions.game = ${game.slug}`);
  expect(rows).toHaveLength(2);
});

it('gives the last slot to one of 100 at once, and the others a place in line', async () => {
  const game = await known(1);
  const entries = await Promise.all((await newPlayers(100)).map(player => enter(player, game)));
  expect(entries.filter(entry => entry.kind === 'admitted')).toHaveLength(1);
});

it('is refused to who was signed out, and when the game was withdrawn', async () => {
  const game = await known(2);
  const player = await newPlayer();
  const { db } = await services();
  await db.execute(
    sql`update sign_ins set ended_at = now(), end_reason = 'logout' where id = ${claimsOf(player.token).sid}`,
  );
  expect(await codeOf(create(player, game))).toBe('unauthenticated');
  expect((await api(accountsApi.whoami, {}, player)).id).toBe(player.user.id);
  await db.execute(sql`update games set published = false where slug = ${game.slug}`);
  expect(await codeOf(create(await newPlayer(), game))).toBe('game_not_found');
});
