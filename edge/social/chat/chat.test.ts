import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Services } from '#edge/services.ts';
import { openServices } from '#edge/services.ts';
import { befriend, codeOf, newParty } from '#edge/social/parties/testing.ts';
import {
  api,
  bindings,
  createOk,
  join,
  newGame,
  newNode,
  newPlayer,
  newPlayers,
  services,
  type TestPlayer,
} from '#edge/testing/platform.ts';
import { chatApi } from '#shared/api/chat.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { friendsApi } from '#shared/api/friends.ts';
import { partiesApi } from '#shared/api/parties.ts';
import type { LiveEvent } from '#shared/live.ts';
import { deleteOldChat } from './history.ts';
import { MOST_A_MINUTE, postMessage, tellChat } from './post.ts';
import type { Chat } from './scopes.ts';

const say = (player: TestPlayer, chat: Chat, text: string, key?: string) =>
  api(chatApi.post, { params: chat, body: { text } }, player, key);
const read = (
  player: TestPlayer,
  chat: Chat,
  query: { cursor?: string; limit?: number; after?: number } = {},
) => api(chatApi.history, { params: chat, query }, player);
const remove = (player: TestPlayer, chat: Chat, messageId: string) =>
  api(chatApi.remove, { params: { ...chat, messageId } }, player);
const texts = async (player: TestPlayer, chat: Chat) =>
  (await read(player, chat)).items.map(message => message.text);
const block = (player: TestPlayer, { user }: TestPlayer) =>
  api(friendsApi.block, { params: { userId: user.id } }, player);

async function newPartyChat(size: number): Promise<{ chat: Chat; players: TestPlayer[] }> {
  const { party, players } = await newParty(size);
  return { chat: { scope: 'party', scopeId: party.id }, players };
}

/** Services whose live events are kept instead of sent. */
async function listening(): Promise<{
  services: Services;
  told: Array<{ userIds: string[]; event: LiveEvent }>;
}> {
  const told: Array<{ userIds: string[]; event: LiveEvent }> = [];
  const real = await services();
  const send = async (userIds: readonly string[], event: LiveEvent) => {
    told.push({ userIds: [...userIds], event });
  };
  return { services: { ...real, live: { ...real.live, send } }, told };
}

describe('chat of a party', () => {
  it('is written and read by its members, the newest first, and by nobody else', async () => {
    const { chat, players } = await newPartyChat(2);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    const first = await say(ada, chat, '  Hello,\nBen  ');
    expect(first).toMatchObject({ seq: 1, state: 'shown', text: 'Hello,\nBen', from: { id: ada.user.id } });
    await say(ben, chat, 'Hi 👋🏽');
    expect(await texts(ada, chat)).toEqual(['Hi 👋🏽', 'Hello,\nBen']);
    const stranger = await newPlayer();
    expect(await codeOf(say(stranger, chat, 'x'))).toBe('forbidden');
    expect(await codeOf(read(stranger, chat))).toBe('forbidden');
    expect(await codeOf(remove(stranger, chat, first.id))).toBe('forbidden');
    await api(partiesApi.leave, { params: { id: chat.scopeId } }, ben);
    expect(await codeOf(say(ben, chat, 'x'))).toBe('forbidden');
    expect(await codeOf(read(ben, { ...chat, scopeId: crypto.randomUUID() }))).toBe('party_not_found');
  });

  it('refuses what is no text', async () => {
    const { chat, players } = await newPartyChat(1);
    const ada = players[0] as TestPlayer;
    for (const text of ['', '   ', 'x'.repeat(501), 'a\u0000b', 'a\u001b[31mb']) {
      expect(await codeOf(say(ada, chat, text))).toBe('invalid_request');
    }
    expect((await say(ada, chat, 'x'.repeat(500))).seq).toBe(1);
    expect(await codeOf(say(ada, { ...chat, scope: 'house' as never }, 'x'))).toBe('invalid_request');
    expect(await codeOf(read(ada, chat, { cursor: 'odd' }))).toBe('invalid_request');
  });

  it('numbers messages without gaps, also when many write at once and some requests come twice', async () => {
    const { chat, players } = await newPartyChat(4);
    const requests = players.flatMap((player, index) =>
      Array.from({ length: 6 }, (_, turn) => ({
        player,
        text: `${index}-${turn}`,
        key: crypto.randomUUID(),
      })),
    );
    const answers = await Promise.all(
      [...requests, ...requests.slice(0, 8)].map(({ player, text, key }) => say(player, chat, text, key)),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(24);
    const { items } = await read(players[0] as TestPlayer, chat);
    expect(items.map(({ seq }) => seq)).toEqual(Array.from({ length: 24 }, (_, index) => 24 - index));
    const [again] = requests;
    if (again !== undefined) {
      expect(await codeOf(say(again.player, chat, 'another', again.key))).toBe('idempotency_key_reused');
    }
  });

  it('is read page by page, and on from what is known', async () => {
    const { chat, players } = await newPartyChat(1);
    const ada = players[0] as TestPlayer;
    for (let turn = 1; turn <= 7; turn++) await say(ada, chat, String(turn));
    const one = await read(ada, chat, { limit: 3 });
    const two = await read(ada, chat, { limit: 3, cursor: one.nextCursor ?? '' });
    const three = await read(ada, chat, { limit: 3, cursor: two.nextCursor ?? '' });
    const seen = [one, two, three].flatMap(page => page.items.map(({ seq }) => seq));
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(three.nextCursor).toBeNull();
    expect((await read(ada, chat, { after: 5 })).items.map(({ seq }) => seq)).toEqual([7, 6]);
  });

  it('tells everybody but those who block its author, who see only that there is something', async () => {
    const { chat, players } = await newPartyChat(3);
    const [ada, ben, cleo] = players as [TestPlayer, TestPlayer, TestPlayer];
    await befriend(ada, ben);
    await block(cleo, ada);
    const { services, told } = await listening();
    const key = { userId: ada.user.id, key: crypto.randomUUID(), requestHash: 'x' };
    const message = await postMessage(services, chat, ada.user.id, 'Hello', key);
    await tellChat(services, chat, message);
    expect(told).toEqual([
      {
        userIds: [ada.user.id, ben.user.id],
        event: {
          type: 'chat_message',
          ...chat,
          messageId: message.id,
          seq: 1,
          from: { id: ada.user.id, displayName: 'Ada' },
          text: 'Hello',
          at: message.at,
        },
      },
    ]);
    expect((await read(cleo, chat)).items).toMatchObject([
      { seq: 1, state: 'blocked', from: null, text: null },
    ]);
    expect(await texts(ben, chat)).toEqual(['Hello']);
  });

  it('loses a message by its author or the leader, for good', async () => {
    const { chat, players } = await newPartyChat(3);
    const [ada, ben, cleo] = players as [TestPlayer, TestPlayer, TestPlayer];
    const [one, two] = [await say(ben, chat, 'one'), await say(ben, chat, 'two')];
    expect(await codeOf(remove(cleo, chat, one.id))).toBe('forbidden');
    await remove(ben, chat, one.id);
    await remove(ada, chat, two.id);
    await remove(ada, chat, two.id);
    expect((await read(cleo, chat)).items).toMatchObject([
      { seq: 2, state: 'deleted', text: null },
      { seq: 1, state: 'deleted', text: null },
    ]);
    const other = await newPartyChat(1);
    const elsewhere = await say(other.players[0] as TestPlayer, other.chat, 'x');
    expect(await codeOf(remove(ada, chat, elsewhere.id))).toBe('message_not_found');
  });

  it('is limited, also without Redis and when all is sent at once', async () => {
    const { chat, players } = await newPartyChat(2);
    const [ada, ben] = players as [TestPlayer, TestPlayer];
    const withRedis = await Promise.all(Array.from({ length: 36 }, () => codeOf(say(ada, chat, 'x'))));
    expect(withRedis.filter(code => code === 'ok')).toHaveLength(30);
    expect(withRedis.filter(code => code === 'rate_limited')).toHaveLength(6);
    const cut = await openServices({ ...bindings, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1' });
    const without = await Promise.all(
      Array.from({ length: MOST_A_MINUTE + 5 }, () => {
        const key = { userId: ben.user.id, key: crypto.randomUUID(), requestHash: 'x' };
        return codeOf(postMessage(cut, chat, ben.user.id, 'x', key));
      }),
    );
    expect(without.filter(code => code === 'ok')).toHaveLength(MOST_A_MINUTE);
    expect(without.filter(code => code === 'rate_limited')).toHaveLength(5);
    const { db } = await services();
    await db.execute(sql`
      update chat_rates set window_start = now() - interval '61 seconds' where user_id = ${ben.user.id}`);
    const key = { userId: ben.user.id, key: crypto.randomUUID(), requestHash: 'x' };
    expect((await postMessage(cut, chat, ben.user.id, 'again', key)).text).toBe('again');
  });

  it('forgets what is old, and goes on counting', async () => {
    const { chat, players } = await newPartyChat(1);
    const ada = players[0] as TestPlayer;
    await say(ada, chat, 'old');
    await say(ada, chat, 'new');
    const { db } = await services();
    await db.execute(sql`
      update chat_messages set created_at = now() - interval '31 days' where scope_id = ${chat.scopeId} and seq = 1`);
    await deleteOldChat(db);
    expect(await texts(ada, chat)).toEqual(['new']);
    expect((await say(ada, chat, 'next')).seq).toBe(3);
  });
});

describe('chat of a club', () => {
  it('is for its members, and moderated by who runs it', async () => {
    const [ada, ben] = (await newPlayers(2)) as [TestPlayer, TestPlayer];
    const club = await newClub(ada);
    const chat: Chat = { scope: 'club', scopeId: club };
    expect(await codeOf(say(ben, chat, 'x'))).toBe('forbidden');
    const message = await say(ada, chat, 'Welcome');
    expect(await texts(ada, chat)).toEqual(['Welcome']);
    expect(await codeOf(remove(ben, chat, message.id))).toBe('forbidden');
    await remove(ada, chat, message.id);
    expect(await texts(ada, chat)).toEqual([null]);
  });
});

describe('chat of a room', () => {
  it('is read from the beginning by who comes late, and moderated by the host', async () => {
    const game = await newGame();
    await newNode([game]);
    const [ada, ben, cleo] = (await newPlayers(3)) as [TestPlayer, TestPlayer, TestPlayer];
    const { session } = await createOk(ada, game);
    const chat: Chat = { scope: 'room', scopeId: session.id };
    await say(ada, chat, 'Anybody there?');
    expect(await codeOf(read(ben, chat))).toBe('session_not_found');
    for (const [player, role] of [
      [ben, 'player'],
      [cleo, 'spectator'],
    ] as const) {
      const joined = await join(player, { roomNumber: session.roomNumber, role });
      expect(joined.status).toBe(200);
    }
    expect(await texts(ben, chat)).toEqual(['Anybody there?']);
    const message = await say(cleo, chat, 'Watching');
    expect(await codeOf(remove(ben, chat, message.id))).toBe('forbidden');
    await remove(ada, chat, message.id);
    expect(await texts(ben, chat)).toEqual([null, 'Anybody there?']);
  });
});

async function newClub(owner: TestPlayer): Promise<string> {
  const { id } = await api(
    clubsApi.create,
    { body: { name: `Club ${crypto.randomUUID().slice(0, 8)}` } },
    owner,
  );
  return id;
}
