import { expect, it } from 'vitest';
import { refusalOf } from '#edge/social/rooms/testing.ts';
import { api, newPlayers, PASSWORD, type TestPlayer } from '#edge/testing/platform.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { invitesApi } from '#shared/api/invites.ts';
import { myAccountApi } from '#shared/api/my-account.ts';

it('a deleted account leaves its clubs: an officer inherits, a club of nobody else ends, its links are void', async () => {
  const [owner, member, officer] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
  const [club, lonely] = [
    await api(clubsApi.create, { body: { name: 'Heirs' } }, owner),
    await api(clubsApi.create, { body: { name: 'Lonely' } }, owner),
  ];
  for (const player of [member, officer]) {
    await api(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply' } }, player);
    const params = { id: club.id, userId: player.user.id };
    await api(clubsApi.standingOf, { params, body: { event: 'approve' } }, owner);
  }
  const ofOfficer = { id: club.id, userId: officer.user.id };
  await api(clubsApi.role, { params: ofOfficer, body: { role: 'officer' } }, owner);
  await api(clubsApi.standing, { params: { id: lonely.id }, body: { event: 'apply' } }, member);
  const { token } = await api(invitesApi.create, { body: { to: 'club', id: club.id } }, owner);

  await api(myAccountApi.delete, { body: { password: PASSWORD } }, owner);

  expect(await api(clubsApi.get, { params: { id: club.id } }, member)).toMatchObject({
    members: 2,
    owner: { id: officer.user.id },
  });
  expect(await refusalOf(api(clubsApi.get, { params: { id: lonely.id } }, member))).toBe('club_not_found');
  expect((await api(clubsApi.mine, { query: { standing: 'applied' } }, member)).items).toEqual([]);
  expect(await refusalOf(api(invitesApi.preview, { body: { token: token ?? '' } }, member))).toBe(
    'invite_invalid',
  );
});
