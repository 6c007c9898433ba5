import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { answer, check, newParty, start } from '#edge/social/parties/testing.ts';
import {
  answerOf,
  api,
  codeOf,
  createOk,
  deliver,
  join,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  report,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { giveCredits, walletOf } from '#edge/testing/wallet.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { type Entry, entrySchema, playApi } from '#shared/api/play.ts';

/** A party of so many that has just started `game`. */
async function startedParty(size: number, game: string) {
  const { party, players } = await newParty(size);
  const [leader] = players;
  if (leader === undefined) throw new Error('it has a leader');
  const { round } = await check(leader, party);
  for (const player of players.slice(1)) await answer(player, { id: party.id, round });
  await start(leader, party, game);
  return { party, players, leader };
}

const ask = (player: TestPlayer, body: { party: string } | { table: string }, key?: string) =>
  api(playApi.create, { body }, player, key);
const sessionsOf = async (game: string) => {
  const { db } = await services();
  const { rows } = await db.execute<{ sessions: number; slots: number; keys: number }>(sql`
    with mine as (select id from sessions where game = ${game})
    select (select count(*)::int from mine) as sessions,
      (select count(*)::int from slots where session_id in (select id from mine)) as slots,
      (select count(*)::int from idempotency_keys where resource_id in (select id from mine)) as keys`);
  return rows[0];
};
const idsOf = (entries: readonly Entry[]) => new Set(entries.map(({ session }) => session.id));
const seatsOf = (entries: readonly Entry[]) => entries.map(({ seat }) => seat).sort();

describe('a party', () => {
  it('party of four asking together: all in one session, a seat each', async () => {
    const game = await newGame(4);
    const { party, players } = await startedParty(4, game.slug);
    await newNode([game], { slots: 4 });
    const entries = await Promise.all(players.map(player => ask(player, { party: party.id })));
    expect(idsOf(entries).size).toBe(1);
    expect(seatsOf(entries)).toEqual([1, 2, 3, 4]);
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(['admitted']));
    expect(await sessionsOf(game.slug)).toEqual({ sessions: 1, slots: 1, keys: 4 });
  });

  it('asking together and twice, with repetitions, still has one session', async () => {
    const game = await newGame(4);
    const { party, players } = await startedParty(4, game.slug);
    await newNode([game], { slots: 8 });
    const entries = await Promise.all(
      players.flatMap(player => {
        const key = crypto.randomUUID();
        return [key, key, undefined].map(each => ask(player, { party: party.id }, each));
      }),
    );
    expect(idsOf(entries).size).toBe(1);
    expect(new Set(entries.map(({ seat }) => seat)).size).toBe(4);
  });

  it('waits in line as one', async () => {
    const game = await newGame(4);
    const { party, players } = await startedParty(3, game.slug);
    const node = await newNode([game]);
    const { ticket } = await createOk(await newPlayer(), game);
    const entries = await Promise.all(players.map(player => ask(player, { party: party.id })));
    expect(idsOf(entries).size).toBe(1);
    expect(entries.map(entry => entry.kind === 'queued' && entry.position)).toEqual([1, 1, 1]);
    await deliver(node.id, [report(ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]);
    const after = await Promise.all(players.map(player => ask(player, { party: party.id })));
    expect(idsOf(after)).toEqual(idsOf(entries));
    expect(new Set(after.map(({ kind }) => kind))).toEqual(new Set(['admitted']));
  });

  it('has a new session once the old one is over, also when all ask at once', async () => {
    const game = await newGame(2);
    const { party, players } = await startedParty(2, game.slug);
    const node = await newNode([game], { slots: 2 });
    const before = await Promise.all(players.map(player => ask(player, { party: party.id })));
    const [first] = before;
    if (first?.kind !== 'admitted') throw new Error('there is a slot');
    await deliver(node.id, [report(first.ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]);
    const after = await Promise.all(players.map(player => ask(player, { party: party.id })));
    expect(idsOf(after).size).toBe(1);
    expect(idsOf(after)).not.toEqual(idsOf(before));
  });

  it('plays what costs something on the credits of who has agreed to it, never of a member who is quicker', async () => {
    const game = await newGame(3, { price: 5 });
    await newNode([game], { slots: 2 });
    const { party, players, leader } = await startedParty(3, game.slug);
    for (const player of players) await giveCredits(player, 20);
    const members = players.slice(1);
    for (const member of members) {
      await expect(ask(member, { party: party.id })).rejects.toMatchObject({ code: 'price_changed' });
    }
    const agreed = { body: { party: party.id, maxPrice: 5 } };
    const { session } = await api(playApi.create, agreed, leader);
    const entries = await Promise.all(members.map(member => ask(member, { party: party.id })));
    expect(idsOf(entries)).toEqual(new Set([session.id]));
    expect(await walletOf(leader)).toMatchObject({ available: 15, held: 5 });
    for (const member of members) expect(await walletOf(member)).toMatchObject({ available: 20, held: 0 });
  });

  it('is for its members, and once it has started something', async () => {
    const game = await newGame(4);
    const { party, players } = await startedParty(2, game.slug);
    const stranger = await newPlayer();
    await expect(ask(stranger, { party: party.id })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask(stranger, { party: crypto.randomUUID() })).rejects.toMatchObject({
      code: 'party_not_found',
    });
    const idle = await newParty(2);
    const [member] = idle.players as [TestPlayer];
    await expect(ask(member, { party: idle.party.id })).rejects.toMatchObject({ code: 'party_not_ready' });
    const [leader] = players as [TestPlayer];
    await expect(
      api(playApi.create, { body: { game: game.slug, party: party.id } }, leader),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a club table', () => {
  it('brings everybody who sits down together, up to its seats, on the credits of who pays for it', async () => {
    const game = await newGame(4, { price: 5 });
    const [owner, one, two, three] = (await newPlayers(4)) as [
      TestPlayer,
      TestPlayer,
      TestPlayer,
      TestPlayer,
    ];
    const club = await api(clubsApi.create, { body: { name: 'Tables' } }, owner);
    for (const player of [one, two, three]) {
      await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply' } }, player);
      const params = { id: club.id, userId: player.user.id };
      await api(clubsApi.standingOf, { params, body: { event: 'approve' } }, owner);
    }
    const body = { game: game.slug, seats: 2, payer: 'owner' } as const;
    const table = await api(clubsApi.createTable, { params: { id: club.id }, body }, owner);
    await newNode([game], { slots: 4 });
    await expect(ask(one, { table: table.id })).rejects.toMatchObject({ code: 'credits_short' });
    await giveCredits(owner, 20);
    const answers = await Promise.allSettled(
      [one, two, three].map(player => ask(player, { table: table.id })),
    );
    const entries = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(idsOf(entries).size).toBe(1);
    expect(seatsOf(entries)).toEqual([1, 2]);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'seats_taken' },
    });
    expect(await walletOf(owner)).toMatchObject({ available: 15, held: 5 });
    const stranger = await newPlayer();
    await expect(ask(stranger, { table: table.id })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a session', () => {
  it('is entered by its id too', async () => {
    const game = await newGame();
    await newNode([game]);
    const { session } = await createOk(await newPlayer(), game);
    const body = { sessionId: session.id, role: 'player' } as const;
    expect(await api(playApi.join, { body }, await newPlayer())).toMatchObject({
      kind: 'admitted',
      seat: 2,
      session: { id: session.id },
    });
    const nowhere = { sessionId: crypto.randomUUID(), role: 'player' } as const;
    await expect(api(playApi.join, { body: nowhere }, await newPlayer())).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });

  it('is not found by trying room numbers: who guesses has to wait, and comes in by a share link all the same', async () => {
    const game = await newGame();
    await newNode([game]);
    const { roomNumber, inviteCode } = (await createOk(await newPlayer(), game)).session;
    const guesser = await newPlayer();
    const guess = (number: number) => join(guesser, { roomNumber: String(number), role: 'spectator' });
    const answers = await Promise.all(Array.from({ length: 25 }, (_, index) => guess(100_000 + index)));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    expect(await codeOf(join(guesser, { roomNumber, role: 'spectator' }))).toBe('rate_limited');
    const entry = await answerOf(entrySchema, join(guesser, { inviteCode, role: 'spectator' }));
    expect(entry).toMatchObject({ role: 'spectator', session: { roomNumber } });
  });
});
