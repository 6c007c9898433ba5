import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { signAccessToken } from '#edge/accounts/access-tokens.ts';
import { hasLeft, hubOf, ONLINE, passTime, TestSocket, upgrade } from '#edge/testing/live.ts';
import { codeOf, newPlayer, ORIGIN, services, type TestPlayer } from '#edge/testing/platform.ts';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';
import type { LiveEvent } from '#shared/live.ts';
import {
  LIVE_BUFFER_EVENTS,
  LIVE_CLIENT_BURST,
  LIVE_CLIENT_MAX_CHARS,
  LIVE_CLOSE,
  LIVE_EVENT_MAX_CHARS,
  LIVE_MAX_DEVICES,
  LIVE_PING,
  LIVE_PROTOCOL,
  LIVE_SUBPROTOCOL,
} from '#shared/live-protocol.ts';

afterEach(() => {
  vi.useRealTimers();
});

const wallet = (available: number): LiveEvent => ({ type: 'wallet_changed', available, held: 0 });

const said = (length: number, index: number): LiveEvent => ({
  type: 'announcement',
  id: crypto.randomUUID(),
  text: `${index}`.padEnd(length, 'x'),
  level: 'info',
});

async function send({ user }: TestPlayer, ...events: LiveEvent[]): Promise<void> {
  const { live } = await services();
  for (const event of events) await live.send([user.id], event);
}

describe('opening a live socket', () => {
  it('takes the token as a subprotocol or in the header, and chooses the other subprotocol', async () => {
    const { token } = await newPlayer();
    for (const response of [
      await upgrade(token),
      await upgrade(undefined, { Authorization: `Bearer ${token}` }),
    ]) {
      expect(response.status).toBe(101);
      expect(response.headers.get('sec-websocket-protocol')).toBe(LIVE_SUBPROTOCOL);
      response.webSocket?.accept();
      response.webSocket?.close();
    }
  });

  it('refuses who has no token, an expired one, another origin, and who opens no WebSocket', async () => {
    const player = await newPlayer();
    const { keys } = await services();
    const old = new Date(Date.now() - 2 * ACCESS_TOKEN_TTL_S * 1000);
    const expired = await signAccessToken(keys, player.user, crypto.randomUUID(), old);
    expect(await codeOf(upgrade(undefined))).toBe('unauthenticated');
    expect(await codeOf(upgrade('a.b.c'))).toBe('unauthenticated');
    expect(await codeOf(upgrade(expired))).toBe('token_expired');
    expect(await codeOf(upgrade(player.token, { Origin: 'https://evil.test' }))).toBe('forbidden');
    expect(await codeOf(upgrade(player.token, { Origin: 'null' }))).toBe('forbidden');
    expect(await codeOf(upgrade(player.token, { 'Sec-WebSocket-Protocol': 'other' }))).toBe(
      'unauthenticated',
    );
    const plain = { Upgrade: '', Authorization: `Bearer ${player.token}` };
    expect(await codeOf(upgrade(player.token, plain))).toBe('invalid_request');
    const own = await upgrade(player.token, { Origin: ORIGIN });
    expect(own.status).toBe(101);
    own.webSocket?.accept();
    own.webSocket?.close();
  });
});

describe('a live socket', () => {
  it('is welcomed, answered a ping, and told what happens in one order on every device', async () => {
    const player = await newPlayer();
    const [phone, desk] = [await TestSocket.join(player), await TestSocket.join(player)];
    expect(await phone.welcomed()).toMatchObject({ protocol: LIVE_PROTOCOL, seq: 0, resumed: false });
    phone.sendRaw(LIVE_PING);
    phone.send({ type: 'ping' });
    await expect.poll(() => phone.messages.filter(({ type }) => type === 'pong')).toHaveLength(2);
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(player, wallet(index))));
    await expect.poll(() => desk.sequence).toHaveLength(20);
    expect(desk.sequence).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(phone.events).toEqual(desk.events);
    const other = await TestSocket.join(await newPlayer());
    expect(other.events).toEqual([]);
  });

  it('gets no event before its hello', async () => {
    const player = await newPlayer();
    await TestSocket.join(player);
    const socket = await TestSocket.open(player);
    await send(player, wallet(1));
    socket.hello();
    await socket.welcomed();
    await send(player, wallet(2));
    await socket.gets('wallet_changed');
    expect(socket.sequence).toEqual([2]);
  });

  it.each([
    ['no JSON', '{'],
    ['an unknown type', '{"type":"shout"}'],
    ['a second hello', JSON.stringify({ type: 'hello', protocol: 1 })],
    ['a place that is none', JSON.stringify({ type: 'place', place: { status: 'asleep' } })],
  ])('is closed after %s', async (_, message) => {
    const socket = await TestSocket.join(await newPlayer());
    socket.sendRaw(message);
    expect((await socket.closes()).code).toBe(LIVE_CLOSE.protocol);
    expect(socket.messages.at(-1)).toMatchObject({ type: 'closing', code: LIVE_CLOSE.protocol });
  });

  it('is closed after a message that is too long, or binary, or too many', async () => {
    const player = await newPlayer();
    const [long, binary, many] = [
      await TestSocket.join(player),
      await TestSocket.join(player),
      await TestSocket.join(player),
    ];
    long.sendRaw(`{"type":"ping","x":"${'x'.repeat(LIVE_CLIENT_MAX_CHARS)}"}`);
    binary.sendRaw(new ArrayBuffer(8));
    for (let count = 0; count <= LIVE_CLIENT_BURST; count++) many.send({ type: 'place', place: ONLINE });
    for (const socket of [long, binary, many]) expect((await socket.closes()).code).toBe(LIVE_CLOSE.tooFast);
  });

  it('is told when it speaks another version', async () => {
    const socket = await TestSocket.open(await newPlayer());
    socket.hello({ protocol: LIVE_PROTOCOL + 1 });
    expect((await socket.closes()).code).toBe(LIVE_CLOSE.outdated);
  });

  it('must speak before it may do anything else, and soon', async () => {
    const player = await newPlayer();
    const early = await TestSocket.open(player);
    early.send({ type: 'place', place: ONLINE });
    expect((await early.closes()).code).toBe(LIVE_CLOSE.protocol);
    const silent = await TestSocket.open(player);
    await passTime(player, 11_000);
    expect(await silent.closes()).toEqual({ code: LIVE_CLOSE.protocol, reason: 'no hello' });
  });

  it('is replaced by another of the same device', async () => {
    const player = await newPlayer();
    const deviceId = crypto.randomUUID();
    const [first, other] = [await TestSocket.join(player, { deviceId }), await TestSocket.join(player)];
    const second = await TestSocket.join(player, { deviceId });
    expect((await first.closes()).code).toBe(LIVE_CLOSE.replaced);
    await send(player, wallet(1));
    await second.gets('wallet_changed');
    await other.gets('wallet_changed');
    expect(first.events).toEqual([]);
  });

  it('is one of a few', async () => {
    const player = await newPlayer();
    for (let count = 0; count < LIVE_MAX_DEVICES; count++) await TestSocket.join(player);
    const late = await TestSocket.open(player);
    late.hello();
    expect((await late.closes()).code).toBe(LIVE_CLOSE.tooManyDevices);
    const strangers = await Promise.all(Array.from({ length: 8 }, () => upgrade(player.token)));
    expect(strangers.map(({ status }) => status)).toContain(429);
  });

  it('is closed when more is under way to it than it takes', async () => {
    const player = await newPlayer();
    const socket = await TestSocket.join(player);
    for (let count = 0; count < 6; count++) {
      await send(player, ...Array.from({ length: 100 }, (_, index) => said(8000, count * 100 + index)));
    }
    expect(await socket.closes()).toEqual({ code: LIVE_CLOSE.slow, reason: 'slow' });
  });

  it('gets no event that is too long', async () => {
    const player = await newPlayer();
    const socket = await TestSocket.join(player);
    await send(player, said(LIVE_EVENT_MAX_CHARS, 1), wallet(1));
    await socket.gets('wallet_changed');
    expect(socket.sequence).toEqual([1]);
  });

  it('is closed when it is silent', async () => {
    const player = await newPlayer();
    const socket = await TestSocket.join(player);
    await passTime(player, 149_000);
    expect(socket.closed).toBeUndefined();
    // Its alarm may be under way by itself, and is then not due again at once.
    const closed = async () => {
      await passTime(player, 2_000);
      return socket.closed;
    };
    await expect.poll(closed).toEqual({ code: LIVE_CLOSE.slow, reason: 'silent' });
  });
});

// To evict a hub the runtime waits until its requests have drained, which takes seconds.
describe('resuming', { timeout: 90_000 }, () => {
  const resumeOf = async (socket: TestSocket) => ({
    streamId: (await socket.welcomed()).streamId,
    seq: socket.sequence.at(-1) ?? 0,
  });

  it('goes on without gaps after a short loss, also when the hub was evicted meanwhile', async () => {
    const player = await newPlayer();
    const deviceId = crypto.randomUUID();
    const first = await TestSocket.join(player, { deviceId });
    await send(player, wallet(1), wallet(2));
    await first.gets('wallet_changed', 'wallet_changed');
    const resume = await resumeOf(first);
    first.close();
    await send(player, wallet(3));
    await evictDurableObject(hubOf(player), { webSockets: 'close' });
    await send(player, wallet(4));
    const second = await TestSocket.join(player, { deviceId, resume });
    expect(await second.welcomed()).toMatchObject({ resumed: true, streamId: resume.streamId, seq: 4 });
    await send(player, wallet(5));
    await expect.poll(() => second.sequence).toEqual([3, 4, 5]);
    expect(second.events).toEqual([wallet(3), wallet(4), wallet(5)]);
  });

  it('keeps its sockets and their order through hibernation', async () => {
    const player = await newPlayer();
    const socket = await TestSocket.join(player);
    for (const round of [1, 2]) {
      await send(player, wallet(round));
      await evictDurableObject(hubOf(player));
    }
    socket.send({ type: 'place', place: ONLINE });
    await send(player, wallet(3));
    await expect.poll(() => socket.sequence).toEqual([1, 2, 3]);
    expect(socket.closed).toBeUndefined();
  });

  it('starts afresh when more was missed than is kept', async () => {
    const player = await newPlayer();
    const first = await TestSocket.join(player);
    await send(player, wallet(0));
    await first.gets('wallet_changed');
    const resume = await resumeOf(first);
    const events = Array.from({ length: LIVE_BUFFER_EVENTS }, (_, index) => wallet(index + 1));
    await send(player, ...events);
    const kept = await TestSocket.join(player, { resume });
    expect(await kept.welcomed()).toMatchObject({ resumed: true });
    await expect.poll(() => kept.events).toEqual(events);
    await send(player, wallet(-1));
    const late = await TestSocket.join(player, { resume });
    expect(await late.welcomed()).toMatchObject({ resumed: false, seq: LIVE_BUFFER_EVENTS + 2 });
    expect(late.events).toEqual([]);
  });

  it('starts afresh with another stream, or from what has not been', async () => {
    const player = await newPlayer();
    const first = await TestSocket.join(player);
    const { streamId } = await first.welcomed();
    for (const resume of [
      { streamId: crypto.randomUUID(), seq: 0 },
      { streamId, seq: 1 },
    ]) {
      const socket = await TestSocket.join(player, { resume });
      expect(await socket.welcomed()).toMatchObject({ resumed: false, streamId, seq: 0 });
    }
  });

  it('ends some time after the last socket, and leaves nothing behind', async () => {
    const player = await newPlayer();
    const first = await TestSocket.join(player);
    await send(player, wallet(1));
    await first.gets('wallet_changed');
    const resume = await resumeOf(first);
    first.close();
    await expect.poll(() => hasLeft(player)).toBe(true);
    await passTime(player, 9_000);
    await passTime(player, 121_000);
    await expect
      .poll(() => runInDurableObject(hubOf(player), (_, { storage }) => [...storage.kv.list()]))
      .toEqual([]);
    await send(player, wallet(2));
    const second = await TestSocket.join(player, { resume });
    expect(await second.welcomed()).toMatchObject({ resumed: false, seq: 0 });
    expect((await second.welcomed()).streamId).not.toBe(resume.streamId);
  });
});
