import { expect, it } from 'vitest';
import { api, newPlayer, PASSWORD, type TestPlayer } from '#edge/testing/platform.ts';
import { chatApi } from '#shared/api/chat.ts';
import { friendsApi } from '#shared/api/friends.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { partiesApi } from '#shared/api/parties.ts';
import { befriend, codeOf, lookAt, membersOf, newParty } from './parties/testing.ts';

it('a deleted account is nobody’s friend, leads no party, and what it wrote is gone', async () => {
  const { party, players } = await newParty(2);
  const [ada, ben] = players as [TestPlayer, TestPlayer];
  const cleo = await newPlayer();
  await befriend(ada, ben);
  await api(partiesApi.promote, { params: { id: party.id }, body: { userId: ben.user.id } }, ada);
  await befriend(ben, cleo);
  await api(partiesApi.invite, { params: { id: party.id, userId: cleo.user.id } }, ben);
  const chat = { scope: 'party', scopeId: party.id } as const;
  await api(chatApi.post, { params: chat, body: { text: 'My address is' } }, ben);
  const { code } = await api(friendsApi.code, {}, ben);

  await api(myAccountApi.delete, { body: { password: PASSWORD } }, ben);

  const left = await lookAt(ada, party);
  expect(membersOf(left)).toEqual([ada.user.id]);
  expect(left.leaderId).toBe(ada.user.id);
  expect((await api(friendsApi.list, {}, ada)).items).toEqual([]);
  expect((await api(partiesApi.invites, {}, cleo)).items).toEqual([]);
  expect((await api(chatApi.history, { params: chat }, ada)).items).toMatchObject([{ seq: 1, text: null }]);
  expect(await codeOf(api(friendsApi.ask, { body: { code } }, ada))).toBe('player_not_found');
  expect(await codeOf(api(friendsApi.ask, { body: { userId: ben.user.id } }, ada))).toBe('player_not_found');
});
