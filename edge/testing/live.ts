import { runDurableObjectAlarm, runInDurableObject, SELF } from 'cloudflare:test';
import { expect, vi } from 'vitest';
import type { PresencePlace } from '#shared/api/presence.ts';
import type { LiveEvent } from '#shared/live.ts';
import {
  LIVE_PROTOCOL,
  LIVE_SUBPROTOCOL,
  LIVE_TOKEN_PREFIX,
  type LiveClientMessage,
  type LiveServerMessage,
  liveServerMessageSchema,
} from '#shared/live-protocol.ts';
import { bindings, ORIGIN, type TestPlayer } from './platform.ts';

/** A live socket of the tests, which keeps what it gets. */

export const ONLINE: PresencePlace = { status: 'online', sessionId: null, joinable: false };

type Hello = Extract<LiveClientMessage, { type: 'hello' }>;
export type Welcome = Extract<LiveServerMessage, { type: 'welcome' }>;

/** The player's hub, for tests that evict it or make its alarm go off. */
export const hubOf = ({ user }: Pick<TestPlayer, 'user'>) =>
  bindings.PLAYER_HUB.get(bindings.PLAYER_HUB.idFromName(user.id));

/** Whether the player's hub has noticed that the last socket went. */
export const hasLeft = (player: Pick<TestPlayer, 'user'>) =>
  runInDurableObject(hubOf(player), (_, { storage }) => storage.kv.get('left-at') !== undefined);

/** Moves every clock of the Worker on, until `vi.useRealTimers()`, and has the player's hub do what is due then. */
export async function passTime(player: Pick<TestPlayer, 'user'>, ms: number): Promise<void> {
  const now = Date.now() + ms;
  vi.useFakeTimers({ toFake: ['Date'], now });
  await runDurableObjectAlarm(hubOf(player));
}

export function upgrade(token: string | undefined, headers: Record<string, string> = {}): Promise<Response> {
  const protocols = [LIVE_SUBPROTOCOL, ...(token === undefined ? [] : [`${LIVE_TOKEN_PREFIX}${token}`])];
  return SELF.fetch(`${ORIGIN}/v1/live`, {
    headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols.join(', '), ...headers },
  });
}

export class TestSocket {
  readonly messages: LiveServerMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.messages.push(liveServerMessageSchema.parse(JSON.parse(String(data))));
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
    });
    socket.accept();
  }

  /** Opened, and nothing said yet. */
  static async open({ token }: Pick<TestPlayer, 'token'>): Promise<TestSocket> {
    const response = await upgrade(token);
    if (response.webSocket === null) throw new Error(`${response.status} ${await response.text()}`);
    return new TestSocket(response.webSocket);
  }

  /** Opened and welcomed. */
  static async join(player: TestPlayer, hello: Partial<Hello> = {}): Promise<TestSocket> {
    const socket = await TestSocket.open(player);
    socket.hello(hello);
    await socket.welcomed();
    return socket;
  }

  get events(): LiveEvent[] {
    return this.messages.flatMap(message => (message.type === 'event' ? [message.event] : []));
  }

  get sequence(): number[] {
    return this.messages.flatMap(message => (message.type === 'event' ? [message.seq] : []));
  }

  hello(hello: Partial<Hello> = {}): void {
    this.send({
      type: 'hello',
      protocol: LIVE_PROTOCOL,
      deviceId: crypto.randomUUID(),
      resume: null,
      place: ONLINE,
      region: null,
      ...hello,
    });
  }

  send(message: LiveClientMessage): void {
    this.sendRaw(JSON.stringify(message));
  }

  sendRaw(data: string | ArrayBuffer): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.close(1000);
  }

  async welcomed(): Promise<Welcome> {
    const find = () => this.messages.find(message => message.type === 'welcome');
    await expect.poll(find).toBeDefined();
    const welcome = find();
    if (welcome === undefined) throw new Error('unreachable: it was polled for');
    return welcome;
  }

  async gets(...types: LiveEvent['type'][]): Promise<void> {
    await expect.poll(() => this.events.map(({ type }) => type)).toEqual(types);
  }

  async closes(): Promise<{ code: number; reason: string }> {
    await expect.poll(() => this.closed).toBeDefined();
    return this.closed ?? { code: 0, reason: '' };
  }
}
