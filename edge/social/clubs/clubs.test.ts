import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { api, newPlayer, newPlayers, services, type TestPlayer } from '#edge/testing/platform.ts';
import {
  type Club,
  clubsApi,
  type OFFICER_STANDING_EVENTS,
  type OWN_STANDING_EVENTS,
} from '#shared/api/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';
import { MAX_CLUBS_OWNED } from './limits.ts';

const found = (owner: TestPlayer, name = 'Night owls', memberLimit = 10) =>
  api(clubsApi.create, { body: { name, memberLimit } }, owner);

const mine = (player: TestPlayer, club: Club, event: (typeof OWN_STANDING_EVENTS)[number], key?: string) =>
  api(clubsApi.standing, { params: { id: club.id }, body: { event } }, player, key);

const act = (
  officer: TestPlayer,
  club: Club,
  event: (typeof OFFICER_STANDING_EVENTS)[number],
  target: TestPlayer,
  key?: string,
) =>
  api(
    clubsApi.standingOf,
    { params: { id: club.id, userId: target.user.id }, body: { event } },
    officer,
    key,
  );

const give = (owner: TestPlayer, club: Club, target: TestPlayer, role: 'owner' | 'officer' | 'member') =>
  api(clubsApi.role, { params: { id: club.id, userId: target.user.id }, body: { role } }, owner);

const look = (player: TestPlayer, club: Club) => api(clubsApi.get, { params: { id: club.id } }, player);

const memberIds = async (player: TestPlayer, club: Club) =>
  (await api(clubsApi.members, { params: { id: club.id } }, player)).items.map(member => member.userId);

async function join(player: TestPlayer, club: Club, owner: TestPlayer): Promise<void> {
  await mine(player, club, 'apply');
  await act(owner, club, 'approve', player);
}

/** The outcome of each: its value, or the code of its error. */
async function outcomes<T>(work: ReadonlyArray<Promise<T>>): Promise<Array<T | string>> {
  const settled = await Promise.allSettled(work);
  return settled.map(one => {
    if (one.status === 'fulfilled') return one.value;
    if (one.reason instanceof NearcadeError) return one.reason.code;
    throw one.reason;
  });
}

describe('clubs', () => {
  it('are founded, once for each request, and found by number and by the beginning of their name', async () => {
    const [owner, other] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const key = crypto.randomUUID();
    const name = `Ünder_100% ${crypto.randomUUID().slice(0, 8)}`;
    const request = { body: { name, notice: 'Be kind.\nBe on time.' } };
    const made = await Promise.all(
      Array.from({ length: 5 }, () => api(clubsApi.create, request, owner, key)),
    );
    expect(new Set(made.map(club => club.id)).size).toBe(1);
    const [club] = made as [Club];
    expect(club).toMatchObject({
      members: 1,
      standing: 'member',
      role: 'owner',
      notice: 'Be kind.\nBe on time.',
    });
    expect((await api(clubsApi.mine, {}, owner)).items).toEqual([club]);

    const seen = { ...club, notice: null, standing: 'stranger', role: null };
    for (const query of [{ number: club.number }, { name: name.toUpperCase().slice(0, 15) }]) {
      expect((await api(clubsApi.search, { query }, other)).items).toEqual([seen]);
    }
    expect((await api(clubsApi.search, { query: { name: 'nder_100%' } }, other)).items).toEqual([]);
    await expect(api(clubsApi.search, { query: {} }, other)).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('are paged through by name without gaps or repetitions', async () => {
    const players = await newPlayers(4);
    const prefix = `P${crypto.randomUUID().slice(0, 8)}`;
    const names = ['b', 'A', 'c', 'a', 'C', 'a'].map(suffix => `${prefix} ${suffix}`);
    for (const [index, name] of names.entries()) {
      await found(players[index % 4] as TestPlayer, name);
    }
    const got: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api(clubsApi.search, { query: { name: prefix, limit: 2, cursor } }, players[0]);
      got.push(...page.items.map(club => club.name.toLowerCase()));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(got).toEqual(names.map(name => name.toLowerCase()).sort());
    const wrong = api(clubsApi.search, { query: { name: prefix, cursor: 'bm8' } }, players[0]);
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('are owned by one player only so many times, also when asked for at once', async () => {
    const owner = await newPlayer();
    const got = await outcomes(Array.from({ length: MAX_CLUBS_OWNED + 5 }, () => found(owner)));
    expect(got.filter(one => one === 'club_limit_reached')).toHaveLength(5);
    expect((await api(clubsApi.mine, {}, owner)).items).toHaveLength(MAX_CLUBS_OWNED);
  });

  it('refuse names that are none, a key used for two requests, and clubs that are not there', async () => {
    const owner = await newPlayer();
    for (const name of ['x', ' '.repeat(9), 'a'.repeat(41), 'a\u0000b', 'two\nlines']) {
      await expect(found(owner, name)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    const key = crypto.randomUUID();
    const club = await api(clubsApi.create, { body: { name: 'One' } }, owner, key);
    const other = api(clubsApi.create, { body: { name: 'Two' } }, owner, key);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const unknown = { ...club, id: crypto.randomUUID() };
    await expect(look(owner, unknown)).rejects.toMatchObject({ code: 'club_not_found' });
    await expect(mine(owner, unknown, 'apply')).rejects.toMatchObject({ code: 'club_not_found' });
  });

  it('change by the hands that may: the notice by officers, name and places by the owner', async () => {
    const [owner, officer, member] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const club = await found(owner);
    const change = (player: TestPlayer, body: { name?: string; notice?: string; memberLimit?: number }) =>
      api(clubsApi.change, { params: { id: club.id }, body }, player);
    await join(officer, club, owner);
    await join(member, club, owner);
    await give(owner, club, officer, 'officer');
    expect(await change(officer, { notice: 'Tonight at 9' })).toMatchObject({ notice: 'Tonight at 9' });
    await expect(change(officer, { name: 'Mine' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(change(member, { notice: 'Mine' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(change(owner, { memberLimit: 2 })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(change(owner, {})).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await change(owner, { name: 'Day owls', memberLimit: 3 })).toMatchObject({
      name: 'Day owls',
      memberLimit: 3,
      notice: 'Tonight at 9',
    });
  });
});

describe('joining and leaving a club', () => {
  it('goes by application and by invitation, each answered once', async () => {
    const [owner, ada, bob] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const club = await found(owner);
    await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply', message: 'Hi' } }, ada);
    const waiting = await api(clubsApi.candidates, { params: { id: club.id } }, owner);
    expect(waiting.items).toMatchObject([{ userId: ada.user.id, standing: 'applied', message: 'Hi' }]);
    expect((await api(clubsApi.mine, { query: { standing: 'applied' } }, ada)).items).toHaveLength(1);
    await expect(memberIds(ada, club)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(mine(ada, club, 'accept')).rejects.toMatchObject({ code: 'club_standing_wrong' });
    expect(await act(owner, club, 'decline', ada)).toMatchObject({ standing: 'declined', role: null });
    await expect(mine(ada, club, 'apply')).rejects.toMatchObject({ code: 'club_standing_wrong' });

    await act(owner, club, 'invite', bob);
    expect(await mine(bob, club, 'accept')).toMatchObject({ standing: 'member', role: 'member' });
    await expect(act(bob, club, 'invite', ada)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await memberIds(bob, club)).toEqual([owner.user.id, bob.user.id]);
    await mine(bob, club, 'leave');
    expect(await look(bob, club)).toMatchObject({ standing: 'stranger', members: 1 });
  });

  it('lets in who has applied and is invited, whichever came first', async () => {
    const [owner, ada, bob] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const club = await found(owner);
    await mine(ada, club, 'apply');
    expect(await act(owner, club, 'invite', ada)).toMatchObject({ standing: 'member' });
    await act(owner, club, 'invite', bob);
    expect(await mine(bob, club, 'apply')).toMatchObject({ standing: 'member' });
  });

  it('gives the last place to one of twenty who are approved at once', async () => {
    const owner = await newPlayer();
    const applicants = await newPlayers(20);
    const club = await found(owner, 'Small', 2);
    await Promise.all(applicants.map(player => mine(player, club, 'apply')));
    const got = await outcomes(applicants.map(player => act(owner, club, 'approve', player)));
    expect(got.filter(one => one === 'club_full')).toHaveLength(19);
    expect(await look(owner, club)).toMatchObject({ members: 2 });
  }, 60_000);

  it('approves one player once, by two officers at once and by one request repeated', async () => {
    const [owner, officer, ada, bob] = (await newPlayers(4)) as [
      TestPlayer,
      TestPlayer,
      TestPlayer,
      TestPlayer,
    ];
    const club = await found(owner);
    await join(officer, club, owner);
    await give(owner, club, officer, 'officer');
    await mine(ada, club, 'apply');
    const got = await outcomes([owner, officer].map(by => act(by, club, 'approve', ada)));
    expect(got.filter(one => one === 'club_standing_wrong')).toHaveLength(1);
    await mine(bob, club, 'apply');
    const key = crypto.randomUUID();
    const repeated = await Promise.all([1, 2, 3].map(() => act(owner, club, 'approve', bob, key)));
    expect(repeated.map(({ standing, role }) => [standing, role])).toEqual(
      repeated.map(() => ['member', 'member']),
    );
    await expect(act(owner, club, 'kick', bob, key)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await look(owner, club)).toMatchObject({ members: 4 });
  });

  it('kicks and bans downwards only, and keeps the banned out', async () => {
    const [owner, officer, other, member] = (await newPlayers(4)) as [
      TestPlayer,
      TestPlayer,
      TestPlayer,
      TestPlayer,
    ];
    const club = await found(owner);
    for (const player of [officer, other, member]) await join(player, club, owner);
    for (const player of [officer, other]) await give(owner, club, player, 'officer');
    for (const target of [owner, other]) {
      await expect(act(officer, club, 'kick', target)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(act(officer, club, 'ban', target)).rejects.toMatchObject({ code: 'forbidden' });
    }
    await expect(act(member, club, 'kick', officer)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(act(owner, club, 'kick', owner)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await act(officer, club, 'ban', member)).toMatchObject({ standing: 'banned', role: null });
    await expect(mine(member, club, 'apply')).rejects.toMatchObject({ code: 'club_standing_wrong' });
    await expect(act(owner, club, 'invite', member)).rejects.toMatchObject({ code: 'club_standing_wrong' });
    await act(owner, club, 'unban', member);
    expect(await mine(member, club, 'apply')).toMatchObject({ standing: 'applied' });
    expect(await act(owner, club, 'kick', other)).toMatchObject({ standing: 'stranger' });
  });

  it('counts a role from the moment it is taken', async () => {
    const [owner, officer, ada] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const club = await found(owner);
    await join(officer, club, owner);
    await give(owner, club, officer, 'officer');
    await mine(ada, club, 'apply');
    await give(owner, club, officer, 'member');
    await expect(act(officer, club, 'approve', ada)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(give(officer, club, officer, 'officer')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('has one owner whatever is done at once: handing over, leaving, kicking', async () => {
    const [owner, heir] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await found(owner);
    await join(heir, club, owner);
    await expect(mine(owner, club, 'leave')).rejects.toMatchObject({ code: 'club_owner_required' });
    await expect(give(owner, club, owner, 'member')).rejects.toMatchObject({ code: 'club_owner_required' });
    for (let turn = 0; turn < 5; turn++) {
      const got = await outcomes<unknown>([
        give(owner, club, heir, 'owner'),
        mine(owner, club, 'leave'),
        mine(heir, club, 'leave'),
        give(owner, club, heir, 'owner'),
      ]);
      expect(got).not.toContain('internal');
      const { db } = await services();
      const { rows } = await db.execute<{ user_id: string }>(sql`
        select user_id from club_standings where club_id = ${club.id} and role = 'owner'`);
      expect(rows).toHaveLength(1);
      const [now, then] = rows[0]?.user_id === owner.user.id ? [owner, heir] : [heir, owner];
      if ((await look(then, club)).role === null) await join(then, club, now);
      if (now !== owner) await give(now, club, owner, 'owner');
    }
  }, 60_000);

  it('hands the club over, which a repetition leaves as it is', async () => {
    const [owner, heir] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await found(owner);
    await expect(give(owner, club, heir, 'owner')).rejects.toMatchObject({ code: 'club_standing_wrong' });
    await join(heir, club, owner);
    for (const _ of [1, 2]) expect(await give(owner, club, heir, 'owner')).toMatchObject({ role: 'owner' });
    expect(await look(owner, club)).toMatchObject({ role: 'officer', owner: { id: heir.user.id } });
    expect(await mine(owner, club, 'leave')).toMatchObject({ standing: 'stranger' });
  });

  it('lists members by role and time in pages', async () => {
    const players = (await newPlayers(6)) as [TestPlayer, ...TestPlayer[]];
    const [owner, ...others] = players;
    const club = await found(owner);
    for (const player of others) await join(player, club, owner);
    await give(owner, club, others[3] as TestPlayer, 'officer');
    const got: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api(
        clubsApi.members,
        { params: { id: club.id }, query: { limit: 2, cursor } },
        owner,
      );
      got.push(...page.items.map(member => member.userId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    const expected = [owner, others[3], others[0], others[1], others[2], others[4]];
    expect(got).toEqual(expected.map(player => player?.user.id));
  });
});

describe('disbanding a club', () => {
  it('takes its owner and its number, and ends what everybody had with it', async () => {
    const [owner, member, banned] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const club = await found(owner);
    await join(member, club, owner);
    await act(owner, club, 'ban', banned);
    const disband = (player: TestPlayer, number: string, key?: string) =>
      api(clubsApi.disband, { params: { id: club.id }, body: { number } }, player, key);
    await expect(disband(member, club.number)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(disband(owner, '1000000')).rejects.toMatchObject({ code: 'invalid_request' });
    const key = crypto.randomUUID();
    await disband(owner, club.number, key);
    await disband(owner, club.number, key);
    await expect(look(owner, club)).rejects.toMatchObject({ code: 'club_not_found' });
    await expect(mine(member, club, 'leave')).rejects.toMatchObject({ code: 'club_not_found' });
    expect((await api(clubsApi.mine, {}, member)).items).toEqual([]);
    expect((await api(clubsApi.search, { query: { number: club.number } }, member)).items).toEqual([]);
  });
});
