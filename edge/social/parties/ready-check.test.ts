import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { api, newGame, newPlayer, services, type TestPlayer } from '#edge/testing/platform.ts';
import { type Party, partiesApi } from '#shared/api/parties.ts';
import {
  PARTY_EVENTS,
  PARTY_STATES,
  PARTY_TABLE,
  type PartyEvent,
  TIMED_PARTY_STATES,
} from '#shared/lifecycles/social.ts';
import { partyForPlay } from './parties.ts';
import { settleOverdueParties } from './ready-check.ts';
import { afterEvent } from './statements.ts';
import { answer, check, codeOf, joinParty, lookAt, newParty, start } from './testing.ts';

/** Moves the deadline of what runs into the past. */
async function passDeadline({ id }: Party): Promise<void> {
  const { db } = await services();
  await db.execute(sql`update parties set check_until = now() - interval '1 second' where id = ${id}`);
}

async function readyParty(size: number) {
  const { party, players } = await newParty(size);
  const [leader, ...others] = players as [TestPlayer, ...TestPlayer[]];
  const checking = await check(leader, party);
  for (const other of others) await answer(other, checking);
  return { party: await lookAt(leader, party), leader, others };
}

describe('a ready check', () => {
  it('is agreed when every member has said yes, the leader by asking', async () => {
    const { party, players } = await newParty(3);
    const [ada, ben, cleo] = players as [TestPlayer, TestPlayer, TestPlayer];
    expect(await codeOf(check(ben, party))).toBe('forbidden');
    const checking = await check(ada, party);
    expect(checking).toMatchObject({ state: 'checking', round: 1 });
    expect(Date.parse(checking.until ?? '')).toBeGreaterThan(Date.now());
    expect(checking.members.map(({ ready }) => ready)).toEqual([true, false, false]);
    expect(await codeOf(check(ada, party))).toBe('illegal_transition');
    await answer(ben, checking);
    expect((await answer(ben, checking)).state).toBe('checking');
    expect(await answer(cleo, checking)).toMatchObject({ state: 'ready' });
    expect((await answer(cleo, checking)).members.map(({ ready }) => ready)).toEqual([true, true, true]);
  });

  it('is agreed when the last answers come at once', async () => {
    for (let round = 0; round < 4; round++) {
      const { party, players } = await newParty(4);
      const [leader, ...others] = players as [TestPlayer, ...TestPlayer[]];
      const checking = await check(leader, party);
      await Promise.all(others.map(other => answer(other, checking)));
      expect((await lookAt(leader, party)).state).toBe('ready');
    }
  });

  it('is agreed at once by a leader alone', async () => {
    const { party, players } = await newParty(1);
    expect((await check(players[0] as TestPlayer, party)).state).toBe('ready');
  });

  it('ends with a no, also after all had said yes', async () => {
    const { party, leader, others } = await readyParty(3);
    expect(party.state).toBe('ready');
    expect(await answer(others[0] as TestPlayer, party, false)).toMatchObject({
      state: 'gathering',
      until: null,
    });
    expect(await codeOf(answer(others[1] as TestPlayer, party))).toBe('ready_check_over');
    expect((await check(leader, party)).round).toBe(2);
    expect(await codeOf(answer(others[1] as TestPlayer, party))).toBe('ready_check_over');
  });

  it('takes no answer after its deadline', async () => {
    const { party, players } = await newParty(2);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    const checking = await check(ada, party);
    await passDeadline(party);
    expect(await codeOf(answer(ben, checking))).toBe('ready_check_over');
    expect(await codeOf(answer(ben, checking, false))).toBe('ready_check_over');
    await settleOverdueParties(await services());
    expect(await lookAt(ada, party)).toMatchObject({ state: 'gathering', until: null });
    expect(await codeOf(answer(ben, checking))).toBe('ready_check_over');
  });

  it('is over when somebody comes or goes', async () => {
    const { party, leader, others } = await readyParty(3);
    await joinParty(await newPlayer(), party);
    expect((await lookAt(leader, party)).state).toBe('gathering');
    const { round } = await check(leader, party);
    await api(partiesApi.leave, { params: { id: party.id } }, others[0] as TestPlayer);
    expect((await lookAt(leader, party)).state).toBe('gathering');
    expect(await codeOf(answer(others[1] as TestPlayer, { id: party.id, round }))).toBe('ready_check_over');
  });

  it('is none of a stranger’s business', async () => {
    const { party, players } = await newParty(2);
    const checking = await check(players[0] as TestPlayer, party);
    const stranger = await newPlayer();
    expect(await codeOf(answer(stranger, checking))).toBe('forbidden');
    expect(await codeOf(check(stranger, party))).toBe('forbidden');
    expect(await codeOf(check(stranger, { id: crypto.randomUUID() }))).toBe('party_not_found');
    expect(
      await codeOf(
        api(partiesApi.answer, { params: { id: party.id, round: 0 }, body: { ready: true } }, stranger),
      ),
    ).toBe('invalid_request');
  });
});

describe('starting together', () => {
  it('needs everybody’s yes, the leader, and a game with as many seats', async () => {
    const game = await newGame(3);
    const small = await newGame(2);
    const { party, players } = await newParty(3);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    expect(await codeOf(start(ada, party, game.slug))).toBe('party_not_ready');
    const checking = await check(ada, party);
    expect(await codeOf(start(ada, party, game.slug))).toBe('party_not_ready');
    for (const player of players) await answer(player, checking);
    expect(await codeOf(start(ben, party, game.slug))).toBe('forbidden');
    expect(await codeOf(start(ada, party, 'no-such-game'))).toBe('game_not_found');
    expect(await codeOf(start(ada, party, small.slug))).toBe('party_too_large');
    expect(await start(ada, party, game.slug)).toMatchObject({ state: 'starting', game: game.slug });
    expect((await start(ada, party, game.slug)).state).toBe('starting');
    const { db } = await services();
    expect(await partyForPlay(db, party.id, ben.user.id)).toEqual({ game: game.slug, mayStart: true });
  });

  it('is over after its deadline, and stays open to who comes before', async () => {
    const game = await newGame(4);
    const { party, leader } = await readyParty(2);
    await start(leader, party, game.slug);
    const late = await newPlayer();
    expect((await joinParty(late, party)).state).toBe('starting');
    await passDeadline(party);
    const { db } = await services();
    expect(await partyForPlay(db, party.id, late.user.id)).toEqual({ game: game.slug, mayStart: false });
    await settleOverdueParties(await services());
    expect((await lookAt(late, party)).state).toBe('gathering');
    const stranger = await newPlayer();
    await expect(partyForPlay(db, party.id, stranger.user.id)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is too late once the agreement has lapsed', async () => {
    const game = await newGame(4);
    const { party, leader } = await readyParty(2);
    await passDeadline(party);
    expect(await codeOf(start(leader, party, game.slug))).toBe('party_not_ready');
  });

  it('happens once when it is asked for many times at once', async () => {
    const [one, two] = [await newGame(4), await newGame(4)];
    const { party, leader } = await readyParty(2);
    const codes = await Promise.all(
      [one, two, one, two].map(async ({ slug }) => `${slug} ${await codeOf(start(leader, party, slug))}`),
    );
    const { game } = await lookAt(leader, party);
    expect(codes.filter(code => code === `${game} ok`)).toHaveLength(2);
    expect(codes.filter(code => code.endsWith('party_not_ready'))).toHaveLength(2);
  });
});

describe('the moves of a party', () => {
  it('are in Postgres what they are in the table, pair by pair', async () => {
    const { db } = await services();
    for (const event of PARTY_EVENTS) {
      const { rows } = await db.execute<{ state: string; next: string | null }>(sql`
        select party.state, ${afterEvent(event)} as next
        from unnest(${sql.param(`{${PARTY_STATES.join(',')}}`)}::text[]) as party (state)`);
      const expected = PARTY_STATES.map(state => ({ state, next: nextOf(state, event) }));
      expect(rows).toEqual(expected);
    }
    expect([...TIMED_PARTY_STATES]).toEqual(PARTY_STATES.filter(state => nextOf(state, 'lapse') !== null));
  });
});

const nextOf = (state: (typeof PARTY_STATES)[number], event: PartyEvent): string | null =>
  PARTY_TABLE[state][event] ?? null;
