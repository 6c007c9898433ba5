import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { change, enter, kick, look, newRoom, refusalOf } from '#edge/social/rooms/testing.ts';
import { api, newPlayer, newPlayers, services, type TestPlayer } from '#edge/testing/platform.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { type Invite, invitesApi } from '#shared/api/invites.ts';
import { partiesApi } from '#shared/api/parties.ts';

const make = (
  by: TestPlayer,
  body: { to: 'session' | 'party' | 'club'; id: string; uses?: number; role?: 'player' | 'spectator' },
  key?: string,
) => api(invitesApi.create, { body }, by, key);

const tokenOf = ({ token }: Invite): string => {
  if (token === null) throw new Error('no token');
  return token;
};

const use = (by: TestPlayer, invite: Invite, key?: string) =>
  api(invitesApi.use, { body: { token: tokenOf(invite) } }, by, key);

const preview = (by: TestPlayer, invite: Invite) =>
  api(invitesApi.preview, { body: { token: tokenOf(invite) } }, by);

const mine = async (by: TestPlayer) => (await api(invitesApi.mine, {}, by)).items;

const newClub = (owner: TestPlayer) => api(clubsApi.create, { body: { name: 'Links' } }, owner);

describe('an invite link', () => {
  it('is made once for each request, shown again to its maker alone, and stored as a hash', async () => {
    const [owner, other] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await newClub(owner);
    const key = crypto.randomUUID();
    const made = await Promise.all([1, 2, 3].map(() => make(owner, { to: 'club', id: club.id }, key)));
    const [invite] = made as [Invite];
    expect(made).toEqual([invite, invite, invite]);
    expect(await mine(owner)).toEqual([invite]);
    expect(await mine(other)).toEqual([]);
    const { db } = await services();
    const { rows } = await db.execute(sql`select * from invite_links where id = ${invite.id}`);
    expect(JSON.stringify(rows)).not.toContain(tokenOf(invite));
    expect(await preview(other, invite)).toMatchObject({
      to: 'club',
      title: 'Links',
      from: { id: owner.user.id },
    });
    expect(await refusalOf(api(invitesApi.revoke, { params: { id: invite.id } }, other))).toBe('not_found');
  });

  it('for three lets three of fifty in who come at once, and never counts below zero', async () => {
    const owner = await newPlayer();
    const club = await newClub(owner);
    const invite = await make(owner, { to: 'club', id: club.id, uses: 3 });
    const players = await newPlayers(50);
    const got = await Promise.all(players.map(player => refusalOf(use(player, invite))));
    expect(got.filter(one => one === 'none')).toHaveLength(3);
    expect(got.filter(one => one === 'invite_used_up')).toHaveLength(47);
    const { db } = await services();
    const { rows } = await db.execute(sql`
      select uses_left, (select count(*)::int from invite_uses where invite_id = invite_links.id) as used
      from invite_links where id = ${invite.id}`);
    expect(rows).toEqual([{ uses_left: 0, used: 3 }]);
    expect(await api(clubsApi.get, { params: { id: club.id } }, owner)).toMatchObject({ members: 4 });
  }, 90_000);

  it('is used up once by each player, however often and at once they come', async () => {
    const [owner, ada] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await newClub(owner);
    const invite = await make(owner, { to: 'club', id: club.id, uses: 5 });
    await Promise.allSettled([1, 2, 3, 4].map(() => use(ada, invite)));
    await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'leave' } }, ada);
    await use(ada, invite);
    expect((await mine(owner))[0]).toMatchObject({ usesLeft: 4 });
  });

  it('is not used up by who is not let in', async () => {
    const [owner, banned] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await newClub(owner);
    const params = { id: club.id, userId: banned.user.id };
    await api(clubsApi.standingOf, { params, body: { event: 'ban' } }, owner);
    const invite = await make(owner, { to: 'club', id: club.id, uses: 2 });
    expect(await refusalOf(use(banned, invite))).toBe('club_standing_wrong');
    expect((await mine(owner))[0]).toMatchObject({ usesLeft: 2 });
  });

  it('is good for nothing once it is revoked, has expired or its maker may not invite any more', async () => {
    const [owner, officer, ada] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const club = await newClub(owner);
    expect(await refusalOf(make(officer, { to: 'club', id: club.id }))).toBe('forbidden');
    const [first, second] = [
      await make(owner, { to: 'club', id: club.id }),
      await make(owner, { to: 'club', id: club.id }),
    ];
    await use(officer, first);
    for (const _ of [1, 2]) await api(invitesApi.revoke, { params: { id: first.id } }, owner);
    const { db } = await services();
    await db.execute(
      sql`update invite_links set expires_at = now() - interval '1 s' where id = ${second.id}`,
    );
    const params = { id: club.id, userId: officer.user.id };
    await api(clubsApi.role, { params, body: { role: 'officer' } }, owner);
    const third = await make(officer, { to: 'club', id: club.id });
    expect(await preview(ada, third)).toMatchObject({ title: 'Links' });
    await api(clubsApi.role, { params, body: { role: 'member' } }, owner);
    for (const invite of [first, second, third]) {
      expect(await refusalOf(preview(ada, invite))).toBe('invite_invalid');
      expect(await refusalOf(use(ada, invite))).toBe('invite_invalid');
    }
    const unknown = { ...first, token: 'x'.repeat(22) };
    expect(await refusalOf(use(ada, unknown))).toBe('invite_invalid');
    expect(await mine(owner)).toEqual([]);
  });

  it('into a session leads to a seat or a spectator’s place', async () => {
    const room = await newRoom(2, 1);
    const [ada, bob, cem] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    expect(await refusalOf(make(ada, { to: 'session', id: room.id }))).toBe('session_not_found');
    const seat = await make(room.host, { to: 'session', id: room.id, uses: 2 });
    const bench = await make(room.host, { to: 'session', id: room.id, role: 'spectator' });
    expect(await preview(ada, seat)).toMatchObject({
      title: room.admission.session.gameTitle,
      role: 'player',
    });
    const key = crypto.randomUUID();
    const [entry] = await Promise.all([use(ada, seat, key)]);
    expect(entry.entry).toMatchObject({ role: 'player', seat: 2, session: { id: room.id } });
    expect((await use(ada, seat, key)).entry).toMatchObject({ role: 'player', seat: 2 });
    expect(await refusalOf(use(bob, seat))).toBe('seats_taken');
    expect((await mine(room.host)).find(link => link.id === seat.id)).toMatchObject({ usesLeft: 1 });
    expect((await use(cem, bench)).entry).toMatchObject({ role: 'spectator' });
  });

  it('of the host opens a room for listed players, but neither a locked one nor one to the kicked', async () => {
    const room = await newRoom(4, 2);
    const [ada, bob, cem] = [room.players[0] as TestPlayer, ...(await newPlayers(2))] as [
      TestPlayer,
      TestPlayer,
      TestPlayer,
    ];
    const byHost = await make(room.host, { to: 'session', id: room.id });
    const byAda = await make(ada, { to: 'session', id: room.id });
    await change(room.host, room, { listedOnly: true });
    expect(await refusalOf(use(bob, byAda))).toBe('room_closed');
    expect((await use(bob, byHost)).entry).toMatchObject({ role: 'player', seat: 3 });
    await kick(room.host, room, bob);
    expect(await refusalOf(use(bob, byHost))).toBe('room_barred');
    await change(room.host, room, { locked: true });
    expect(await refusalOf(use(cem, byHost))).toBe('room_closed');
    await change(room.host, room, { locked: false, listedOnly: false });
    await enter(cem, room);
    expect((await look(room.host, room)).members).toHaveLength(3);
  });

  it('into a party lets in while its maker is there', async () => {
    const [leader, ada, bob] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const party = await api(partiesApi.create, { body: { maxMembers: 4 } }, leader);
    const invite = await make(leader, { to: 'party', id: party.id });
    expect(await preview(ada, invite)).toMatchObject({ to: 'party', title: null });
    expect(await use(ada, invite)).toEqual({ to: 'party', id: party.id, entry: null });
    expect((await api(partiesApi.get, { params: { id: party.id } }, ada)).members).toHaveLength(2);
    await api(partiesApi.leave, { params: { id: party.id } }, leader);
    expect(await refusalOf(use(bob, invite))).toBe('invite_invalid');
  });
});
