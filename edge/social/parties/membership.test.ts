import { describe, expect, it } from 'vitest';
import { api, newPlayer, newPlayers, services, type TestPlayer } from '#edge/testing/platform.ts';
import { friendsApi } from '#shared/api/friends.ts';
import { partiesApi } from '#shared/api/parties.ts';
import { partyMemberIds, requirePartyMember } from './parties.ts';
import { befriend, codeOf, createParty, joinParty, lookAt, membersOf, newParty } from './testing.ts';

const leave = (player: TestPlayer, id: string) => api(partiesApi.leave, { params: { id } }, player);
const kick = (leader: TestPlayer, id: string, { user }: TestPlayer) =>
  api(partiesApi.kick, { params: { id, userId: user.id } }, leader);
const promote = (leader: TestPlayer, id: string, { user }: TestPlayer) =>
  api(partiesApi.promote, { params: { id }, body: { userId: user.id } }, leader);
const invite = (player: TestPlayer, id: string, { user }: TestPlayer) =>
  api(partiesApi.invite, { params: { id, userId: user.id } }, player);
const accept = (player: TestPlayer, id: string) => api(partiesApi.accept, { params: { id } }, player);
const invites = async (player: TestPlayer) => (await api(partiesApi.invites, {}, player)).items;
const current = async (player: TestPlayer) => (await api(partiesApi.current, {}, player)).party;

describe('a party', () => {
  it('is made with a leader, joined by its code, and seen by its members only', async () => {
    const { party, players } = await newParty(3);
    const stranger = await newPlayer();
    expect(party).toMatchObject({
      state: 'gathering',
      leaderId: players[0]?.user.id,
      maxMembers: 4,
      round: 0,
    });
    expect(membersOf(party)).toEqual(players.map(({ user }) => user.id));
    const spelled = ` ${party.code.slice(0, 4).toLowerCase()}-${party.code.slice(4)}`;
    expect(membersOf(await joinParty(stranger, { code: spelled }))).toHaveLength(4);
    await leave(stranger, party.id);
    expect(await codeOf(lookAt(stranger, party))).toBe('forbidden');
    expect(await codeOf(lookAt(stranger, { id: crypto.randomUUID() }))).toBe('party_not_found');
    expect(await codeOf(joinParty(stranger, { code: '00000000' }))).toBe('party_not_found');
    expect(await codeOf(joinParty(stranger, { code: 'short' }))).toBe('invalid_request');
    const { db } = await services();
    await expect(requirePartyMember(db, party.id, stranger.user.id)).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await current(stranger)).toBeNull();
  });

  it('is made once when its request is repeated, also at once', async () => {
    const ada = await newPlayer();
    const key = crypto.randomUUID();
    const made = await Promise.all(Array.from({ length: 6 }, () => createParty(ada, 4, key)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await codeOf(createParty(ada, 5, key))).toBe('idempotency_key_reused');
    expect(await codeOf(createParty(ada))).toBe('already_in_party');
  });

  it('is one at a time for each player, also when two are made or joined at once', async () => {
    const [ada, ben, cleo, dan] = (await newPlayers(4)) as [TestPlayer, TestPlayer, TestPlayer, TestPlayer];
    const made = await Promise.all(Array.from({ length: 6 }, () => codeOf(createParty(ada))));
    expect(made.filter(code => code === 'ok')).toHaveLength(1);
    expect(made.filter(code => code === 'already_in_party')).toHaveLength(5);
    const [first, second] = [await createParty(ben), await createParty(cleo)];
    const joined = await Promise.all(
      [first, second, first, second].map(party => codeOf(joinParty(dan, party))),
    );
    expect(joined.filter(code => code === 'ok').length).toBeGreaterThan(0);
    const sizes = [await lookAt(ben, first), await lookAt(cleo, second)].map(party => party.members.length);
    expect(sizes.sort()).toEqual([1, 2]);
  });

  it('gives its last place to one of 20 who join at once', async () => {
    const { party, players } = await newParty(3);
    const others = await newPlayers(20);
    const answers = await Promise.all(others.map(other => codeOf(joinParty(other, party))));
    expect(answers.filter(code => code === 'ok')).toHaveLength(1);
    expect(answers.filter(code => code === 'party_full')).toHaveLength(19);
    expect((await lookAt(players[0] as TestPlayer, party)).members).toHaveLength(4);
  });

  it('is led by the longest there when its leader leaves, and ends with the last', async () => {
    const { party, players } = await newParty(3);
    const [ada, ben, cleo] = players as [TestPlayer, TestPlayer, TestPlayer];
    await leave(ada, party.id);
    await leave(ada, party.id);
    expect((await lookAt(cleo, party)).leaderId).toBe(ben.user.id);
    await leave(cleo, party.id);
    await leave(ben, party.id);
    expect(await codeOf(joinParty(ada, party))).toBe('party_not_found');
    const { db } = await services();
    expect(await partyMemberIds(db, party.id)).toEqual([]);
    await expect(requirePartyMember(db, party.id, ada.user.id)).rejects.toMatchObject({
      code: 'party_not_found',
    });
    expect((await createParty(ada)).id).not.toBe(party.id);
  });

  it('ends when all leave at once, and somebody leads until then', async () => {
    const { party, players } = await newParty(4);
    await Promise.all(players.map(player => leave(player, party.id)));
    expect(await codeOf(joinParty(players[0] as TestPlayer, party))).toBe('party_not_found');
  });

  it('has a member as its leader when the leader leaves while promoting', async () => {
    for (let round = 0; round < 5; round++) {
      const { party, players } = await newParty(3);
      const [ada, ben, cleo] = players as [TestPlayer, TestPlayer, TestPlayer];
      await Promise.all([codeOf(promote(ada, party.id, ben)), leave(ada, party.id), leave(ben, party.id)]);
      const left = await lookAt(cleo, party);
      expect(membersOf(left)).toEqual([cleo.user.id]);
      expect(left.leaderId).toBe(cleo.user.id);
    }
  });

  it('is handed over by its leader only, to a member only', async () => {
    const { party, players } = await newParty(2);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    const stranger = await newPlayer();
    expect(await codeOf(promote(ben, party.id, ben))).toBe('forbidden');
    expect(await codeOf(promote(stranger, party.id, stranger))).toBe('forbidden');
    expect(await codeOf(promote(ada, party.id, stranger))).toBe('player_not_found');
    expect((await promote(ada, party.id, ben)).leaderId).toBe(ben.user.id);
    expect(await codeOf(promote(ada, party.id, ada))).toBe('forbidden');
  });

  it('puts members out at its leader’s word, who can’t come back by the code they know', async () => {
    const { party, players } = await newParty(3);
    const [ada, ben, cleo] = players as [TestPlayer, TestPlayer, TestPlayer];
    expect(await codeOf(kick(ben, party.id, cleo))).toBe('forbidden');
    expect(await codeOf(kick(ada, party.id, ada))).toBe('invalid_request');
    const after = await kick(ada, party.id, cleo);
    expect(membersOf(after)).toEqual([ada.user.id, ben.user.id]);
    expect(after.code).not.toBe(party.code);
    expect(await codeOf(joinParty(cleo, party))).toBe('party_not_found');
    expect(await current(cleo)).toBeNull();
    expect((await kick(ada, party.id, cleo)).code).toBe(after.code);
  });
});

describe('an invitation', () => {
  it('lets a friend in, once, and goes to friends only', async () => {
    const { party, players } = await newParty(1, 2);
    const ada = players[0] as TestPlayer;
    const [ben, cleo] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    await befriend(ada, ben);
    expect(await codeOf(invite(ada, party.id, cleo))).toBe('forbidden');
    expect(await codeOf(invite(cleo, party.id, ben))).toBe('forbidden');
    await invite(ada, party.id, ben);
    await invite(ada, party.id, ben);
    expect((await lookAt(ada, party)).invited.map(({ id }) => id)).toEqual([ben.user.id]);
    expect(await invites(ben)).toMatchObject([{ partyId: party.id, from: { id: ada.user.id }, members: 1 }]);
    expect(await codeOf(accept(cleo, party.id))).toBe('invite_not_found');
    const joined = await Promise.all(Array.from({ length: 6 }, () => accept(ben, party.id)));
    expect(new Set(joined.map(({ members }) => members.length))).toEqual(new Set([2]));
    expect(await invites(ben)).toEqual([]);
    await invite(ada, party.id, ben);
    await leave(ben, party.id);
    expect(await codeOf(accept(ben, party.id))).toBe('invite_not_found');
  });

  it('is not shown once its sender is blocked, who can send no other', async () => {
    const { party, players } = await newParty(1);
    const ada = players[0] as TestPlayer;
    const ben = await newPlayer();
    await befriend(ada, ben);
    await invite(ada, party.id, ben);
    expect(await invites(ben)).toHaveLength(1);
    await api(friendsApi.block, { params: { userId: ada.user.id } }, ben);
    expect(await invites(ben)).toEqual([]);
    expect(await codeOf(invite(ada, party.id, ben))).toBe('forbidden');
  });

  it('can be turned down', async () => {
    const { party, players } = await newParty(1);
    const ada = players[0] as TestPlayer;
    const ben = await newPlayer();
    await befriend(ada, ben);
    await invite(ada, party.id, ben);
    await api(partiesApi.decline, { params: { id: party.id } }, ben);
    expect(await codeOf(accept(ben, party.id))).toBe('invite_not_found');
    expect((await lookAt(ada, party)).invited).toEqual([]);
  });

  it('takes no place: a full party stays full', async () => {
    const { party, players } = await newParty(1, 2);
    const ada = players[0] as TestPlayer;
    const [ben, cleo] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    for (const friend of [ben, cleo]) {
      await befriend(ada, friend);
      await invite(ada, party.id, friend);
    }
    const codes = await Promise.all([codeOf(accept(ben, party.id)), codeOf(accept(cleo, party.id))]);
    expect(codes.sort()).toEqual(['ok', 'party_full']);
  });
});
