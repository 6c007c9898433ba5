import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { accountsApi, type User } from '#shared/api/accounts.ts';
import { NearcadeError, toProblem } from '#shared/errors.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';
import {
  LIVE_CLOSE,
  LIVE_PING,
  LIVE_PONG,
  LIVE_PROTOCOL,
  LIVE_SUBPROTOCOL,
  LIVE_TOKEN_PREFIX,
  type LiveClientMessage,
  type LiveServerMessage,
} from '#shared/live-protocol.ts';
import { Access } from '../api/access.ts';
import { LiveClient } from './live-client.ts';

/** A hub of the test's own on loopback: it says what the test has it say. */
class Hub {
  readonly sockets: ServerSocket[] = [];
  readonly tokens: string[] = [];
  readonly heard: LiveClientMessage[] = [];
  refusing = false;
  /** Hears and says nothing, like a network that is gone. */
  dead = false;
  readonly #server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => LIVE_SUBPROTOCOL,
    verifyClient: () => !this.refusing,
  });

  constructor() {
    this.#server.on('connection', (socket, request) => {
      this.sockets.push(socket);
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim());
      this.tokens.push(offered.find(name => name.startsWith(LIVE_TOKEN_PREFIX))?.slice(7) ?? '');
      socket.on('message', data => {
        if (this.dead) return;
        if (String(data) === LIVE_PING) socket.send(LIVE_PONG);
        else this.heard.push(JSON.parse(String(data)));
      });
    });
  }

  async listen(): Promise<string> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/live`;
  }

  get last(): ServerSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nobody has connected');
    return socket;
  }

  hellos() {
    return this.heard.flatMap(message => (message.type === 'hello' ? [message] : []));
  }

  say(message: LiveServerMessage | Record<string, unknown>): void {
    this.last.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const STREAM = '6f9619ff-8b86-4d01-b42d-00c04fc964ff';
const LIMITS = { firstDelayMs: 10, maxDelayMs: 40, crowdedDelayMs: 40 };

let hub: Hub;
let access: Access;
let live: LiveClient;
let refreshable: boolean;
let issued: number;
let credits: number[];
let fresh: number;
let cuts: CutReason[];
let outdated: number;
let kept: boolean;
let refusals: number;

const user: User = {
  id: STREAM,
  email: 'a@b.ch',
  emailVerified: true,
  displayName: 'Ada',
  role: 'player',
  guest: false,
};
const signIn = () => access.signIn(accountsApi.login, { body: { email: 'a@b.ch', password: 'long enough' } });

const welcome = (resumed: boolean, seq = 0, heartbeatSeconds = 25) =>
  hub.say({
    type: 'welcome',
    protocol: LIVE_PROTOCOL,
    streamId: STREAM,
    seq,
    resumed,
    heartbeatSeconds,
  });

const wallet = (available: number): LiveEvent => ({ type: 'wallet_changed', available, held: 0 });
const say = (seq: number) =>
  hub.say({ type: 'event', seq, at: new Date().toISOString(), event: wallet(seq) });

/** The client's n-th hello has come. */
const greeted = (times: number) => expect.poll(() => hub.hellos().length, { timeout: 5_000 }).toBe(times);

beforeEach(async () => {
  [refreshable, issued, credits, fresh, cuts, outdated] = [true, 0, [], 0, [], 0];
  [kept, refusals] = [false, 0];
  const fetcher = (async () => {
    if (!refreshable) {
      return Response.json(toProblem(new NearcadeError('unauthenticated')), { status: 401 });
    }
    if (kept) {
      refusals += 1;
      return Response.json(toProblem(new NearcadeError('access_denied')), { status: 403 });
    }
    issued += 1;
    return Response.json({ user, accessToken: `token-${issued}`, expiresIn: 600, current: null });
  }) as typeof fetch;
  hub = new Hub();
  access = new Access(fetcher);
  live = new LiveClient({
    access,
    address: await hub.listen(),
    news: {
      cut: reason => cuts.push(reason),
      outdated: () => {
        outdated += 1;
      },
    },
    random: () => 1,
    limits: LIMITS,
    pongTimeoutMs: 100,
  });
  live.on('wallet_changed', ({ available }) => credits.push(available));
  live.onFresh(() => {
    fresh += 1;
  });
});

afterEach(async () => {
  live.close();
  access.signOut();
  await hub.close();
});

describe('the live client', () => {
  it('connects for who is signed in, with their token, and leaves when they sign out', async () => {
    expect(live.state.value).toBe('off');
    expect(hub.sockets).toHaveLength(0);
    await signIn();
    await greeted(1);
    expect(live.state.value).toBe('connecting');
    expect(hub.tokens).toEqual(['token-1']);
    expect(hub.hellos()[0]).toMatchObject({ resume: null, place: { status: 'online' } });
    welcome(false);
    await expect.poll(() => live.state.value).toBe('live');
    expect(fresh).toBe(1);
    access.signOut();
    expect(live.state.value).toBe('off');
    await expect.poll(() => hub.last.readyState).toBe(hub.last.CLOSED);
  });

  it('resumes after a loss where it was, and hands out nothing twice', async () => {
    await signIn();
    await greeted(1);
    welcome(false, 4);
    for (const seq of [5, 6, 6, 5]) say(seq);
    await expect.poll(() => credits).toEqual([5, 6]);
    hub.last.terminate();
    await greeted(2);
    const [first, second] = hub.hellos();
    expect(second).toMatchObject({ deviceId: first?.deviceId, resume: { streamId: STREAM, seq: 6 } });
    welcome(true, 8);
    for (const seq of [7, 8, 9]) say(seq);
    await expect.poll(() => credits).toEqual([5, 6, 7, 8, 9]);
    expect(fresh).toBe(1);
  });

  it('has everything read afresh when it could not resume, or after a gap', async () => {
    await signIn();
    await greeted(1);
    welcome(false);
    say(1);
    await expect.poll(() => credits).toEqual([1]);
    hub.last.close(1012);
    await greeted(2);
    welcome(false, 300);
    say(301);
    await expect.poll(() => credits).toEqual([1, 301]);
    expect(fresh).toBe(2);
    say(303);
    await expect.poll(() => fresh).toBe(3);
    expect(credits).toEqual([1, 301, 303]);
  });

  it('passes over what a newer server says, and keeps count', async () => {
    await signIn();
    await greeted(1);
    welcome(false);
    hub.say({ type: 'event', seq: 1, at: 'now', event: { type: 'parade', floats: 3 } });
    hub.say({ type: 'fanfare' });
    hub.last.send('{');
    say(2);
    await expect.poll(() => credits).toEqual([2]);
    expect(fresh).toBe(1);
  });

  it('goes on when a handler throws', async () => {
    live.on('wallet_changed', () => {
      throw new Error('a test');
    });
    const stop = live.on('wallet_changed', () => credits.push(-1));
    await signIn();
    await greeted(1);
    welcome(false);
    say(1);
    await expect.poll(() => credits).toEqual([1, -1]);
    stop();
    say(2);
    await expect.poll(() => credits).toEqual([1, -1, 2]);
  });

  it('comes back again and again while nothing answers', async () => {
    await signIn();
    await greeted(1);
    welcome(false);
    hub.refusing = true;
    hub.last.terminate();
    await expect.poll(() => live.state.value).toBe('connecting');
    await new Promise(resolve => setTimeout(resolve, 150));
    hub.refusing = false;
    await greeted(2);
  });

  it('notices that nothing answers any more, and stays while something does', async () => {
    await signIn();
    await greeted(1);
    welcome(false, 0, 1);
    await expect.poll(() => live.state.value).toBe('live');
    await new Promise(resolve => setTimeout(resolve, 1500));
    expect(live.state.value).toBe('live');
    hub.dead = true;
    await expect.poll(() => hub.sockets.length, { timeout: 5_000 }).toBe(2);
  });

  it('says where the player is when that changes, also while it was away', async () => {
    const place = { status: 'watching' as const, sessionId: STREAM, joinable: false };
    await signIn();
    await greeted(1);
    live.setPlace(place);
    welcome(false);
    await expect.poll(() => hub.heard.at(-1)).toEqual({ type: 'place', place });
    live.setPlace({ ...place, status: 'playing' });
    await expect.poll(() => hub.heard.at(-1)).toMatchObject({ place: { status: 'playing' } });
    hub.last.terminate();
    await greeted(2);
    expect(hub.hellos()[1]?.place.status).toBe('playing');
  });

  it('shows each fresh access token', async () => {
    await signIn();
    await greeted(1);
    welcome(false);
    await expect.poll(() => live.state.value).toBe('live');
    await access.refresh();
    await expect.poll(() => hub.heard.at(-1)).toEqual({ type: 'renew', token: 'token-2' });
    expect(hub.sockets).toHaveLength(1);
  });

  it('comes back with a fresh token when the old one is refused', async () => {
    await signIn();
    await greeted(1);
    hub.last.close(LIVE_CLOSE.tokenExpired, 'token_expired');
    await greeted(2);
    expect(hub.tokens).toEqual(['token-1', 'token-2']);
  });

  it('is signed out when its sign-in has ended', async () => {
    await signIn();
    await greeted(1);
    welcome(false);
    refreshable = false;
    hub.last.close(LIVE_CLOSE.cut, 'password_changed');
    await expect.poll(() => access.state.value).toEqual({ kind: 'out' });
    expect(live.state.value).toBe('off');
    expect(cuts).toEqual(['password_changed']);
  });

  it('tells once that it is kept out, and comes back when it is let in again', async () => {
    await signIn();
    await greeted(1);
    welcome(false);
    kept = true;
    hub.last.close(LIVE_CLOSE.cut, 'access_denied');
    await expect.poll(() => refusals).toBe(1);
    await expect.poll(() => cuts).toEqual(['access_denied']);
    expect(access.state.value.kind).toBe('in');
    kept = false;
    await greeted(2);
    expect(cuts).toEqual(['access_denied']);
  });

  it('goes on when its sign-in turns out to be good', async () => {
    await signIn();
    await greeted(1);
    hub.last.close(LIVE_CLOSE.cut, 'signed_out');
    await greeted(2);
    expect(cuts).toEqual([]);
  });

  it.each([
    [LIVE_CLOSE.replaced, 0],
    [LIVE_CLOSE.outdated, 1],
    [LIVE_CLOSE.protocol, 0],
  ])('stays away after %i', async (code, told) => {
    await signIn();
    await greeted(1);
    hub.last.close(code);
    await expect.poll(() => live.state.value).toBe('stopped');
    live.wake();
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(hub.sockets).toHaveLength(1);
    expect(outdated).toBe(told);
  });

  it('does not wait out its delay when the network is back', async () => {
    live.close();
    live = new LiveClient({
      access,
      address: await hub.listen(),
      news: { cut: () => {}, outdated: () => {} },
      limits: { firstDelayMs: 3_600_000, maxDelayMs: 3_600_000, crowdedDelayMs: 3_600_000 },
    });
    await signIn();
    await greeted(1);
    hub.last.close(LIVE_CLOSE.tooManyDevices);
    await expect.poll(() => hub.last.readyState).toBe(hub.last.CLOSED);
    await expect
      .poll(() => {
        live.wake();
        return hub.hellos().length;
      })
      .toBe(2);
  });
});
