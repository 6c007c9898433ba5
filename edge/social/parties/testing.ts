import { api, newPlayer, newPlayers, type TestPlayer } from '#edge/testing/platform.ts';
import { friendsApi } from '#shared/api/friends.ts';
import { type Party, partiesApi } from '#shared/api/parties.ts';

/** What the tests of parties share. */

export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );

export async function befriend(one: TestPlayer, other: TestPlayer): Promise<void> {
  await api(friendsApi.ask, { body: { userId: other.user.id } }, one);
  await api(friendsApi.accept, { params: { userId: one.user.id } }, other);
}

export const createParty = (leader: TestPlayer, maxMembers = 4, key?: string): Promise<Party> =>
  api(partiesApi.create, { body: { maxMembers } }, leader, key);

export const joinParty = (player: TestPlayer, { code }: Pick<Party, 'code'>): Promise<Party> =>
  api(partiesApi.join, { body: { code } }, player);

export const lookAt = (player: TestPlayer, { id }: Pick<Party, 'id'>): Promise<Party> =>
  api(partiesApi.get, { params: { id } }, player);

export const membersOf = (party: Party): string[] => party.members.map(member => member.user.id);

/** A party with its leader first. */
export async function newParty(
  size: number,
  maxMembers = 4,
): Promise<{ party: Party; players: TestPlayer[] }> {
  const leader = await newPlayer();
  const others = await newPlayers(size - 1);
  const party = await createParty(leader, maxMembers);
  for (const other of others) await joinParty(other, party);
  return { party: await lookAt(leader, party), players: [leader, ...others] };
}

export const check = (player: TestPlayer, { id }: Pick<Party, 'id'>): Promise<Party> =>
  api(partiesApi.check, { params: { id } }, player);

export const answer = (
  player: TestPlayer,
  { id, round }: Pick<Party, 'id' | 'round'>,
  ready = true,
): Promise<Party> => api(partiesApi.answer, { params: { id, round }, body: { ready } }, player);

export const start = (player: TestPlayer, { id }: Pick<Party, 'id'>, game: string): Promise<Party> =>
  api(partiesApi.start, { params: { id }, body: { game } }, player);
