import { createExecutionContext, createMessageBatch, env, getQueueResult } from 'cloudflare:test';
import { REFRESH_COOKIE } from '#edge/accounts/cookies.ts';
import { nameDevice } from '#edge/accounts/devices.ts';
import { beginSignIn } from '#edge/accounts/sign-ins.ts';
import type { Bindings, QueuedEvent } from '#edge/bindings.ts';
import { buildRow, gameRow, showStableBuild } from '#edge/catalog/manifest-rows.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import { openServices } from '#edge/services.ts';
import { gameBuilds, gameReleases, games, users } from '#edge/store/schema.ts';
import worker from '#edge/worker.ts';
import { signInSchema, type User } from '#shared/api/accounts.ts';
import { type HeartbeatRequest, type NodeEvent, registerNodeResponseSchema } from '#shared/api/fleet.ts';
import { type Admission, admissionSchema, type Entry, entrySchema } from '#shared/api/play.ts';
import type { Board } from '#shared/leaderboards.ts';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';
import type { AccountRole } from '#shared/roles.ts';
import { answerOf, call } from './calls.ts';

/** What the Worker's tests share: players, games and nodes of their own for each test, so that none disturbs another. */

export * from './calls.ts';

/** wrangler.toml's bindings with the settings of the services that this run started. */
export const bindings = env as unknown as Bindings;

export const services = () => openServices(bindings);

export const PASSWORD = 'correct horse battery';

export const unique = (prefix: string) => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

export interface TestPlayer {
  user: User & { email: string };
  token: string;
  /** `nearcade_refresh=...` */
  cookie: string;
}

/** What the account has of PASSWORD (edge/accounts/passwords.ts): to work it out for each player took a good part of the tests' time. */
const PASSWORD_HASH = 'scrypt$16384$8$1$bRTc9i7z9mA053rJuUyj_w$NOIFeJr-6v6WLsD6NpJ0ULonCRTrJdnyr7zm09xUuuo';

/** Has an account and is signed in to it, without the way through registration and its mail. */
export async function newPlayer(displayName = 'Ada', role: AccountRole = 'player'): Promise<TestPlayer> {
  const email = `${unique('player')}@nearcade.test`;
  const own = await services();
  const [account] = await own.db
    .insert(users)
    .values({ email, displayName, role, passwordHash: PASSWORD_HASH })
    .returning({ id: users.id });
  if (account === undefined) throw new Error('no account');
  const secret = newSecret();
  const device = { secret, hash: hashSecret(secret), name: nameDevice('') };
  const { signIn, refreshToken } = await beginSignIn(own, account, device);
  return {
    user: { ...signIn.user, email },
    token: signIn.accessToken,
    cookie: `${REFRESH_COOKIE}=${refreshToken}`,
  };
}

/** Made an account through the API: there is a mail that verifies their address. */
export async function registerPlayer(displayName = 'Ada'): Promise<TestPlayer> {
  const email = `${unique('player')}@nearcade.test`;
  const response = await call('POST', '/v1/accounts/register', {
    body: { email, password: PASSWORD, displayName },
  });
  const cookie = cookieOf(response);
  const { user, accessToken } = await answerOf(signInSchema, response);
  return { user: { ...user, email }, token: accessToken, cookie };
}

/** A player whose account has that role, signed in with it. */
export const newStaff = (role: AccountRole): Promise<TestPlayer> => newPlayer('Ada', role);

export async function newPlayers(count: number): Promise<TestPlayer[]> {
  const players: TestPlayer[] = [];
  while (players.length < count) {
    const group = Math.min(4, count - players.length);
    players.push(...(await Promise.all(Array.from({ length: group }, () => newPlayer()))));
  }
  return players;
}

export function cookieOf(response: Response): string {
  const [cookie] = (response.headers.get('set-cookie') ?? '').split(';');
  if (cookie === undefined || cookie === '') throw new Error(`no cookie: ${response.status}`);
  return cookie;
}

export interface TestGame {
  slug: string;
  version: string;
}

export interface GameOptions {
  /** Credits. */
  price?: number;
  priceUnit?: 'session' | 'minute';
  /** Where it may be played; default everywhere. */
  regions?: string[];
  leaderboards?: Board[];
}

/** The smallest manifest that is valid. */
export function testManifest(
  slug: string,
  seats = 1,
  { price = 0, priceUnit = 'session', regions = [], leaderboards = [] }: GameOptions = {},
): GameManifest {
  const seat = { keys: 'all', pointer: false, hint: 'Any key' } as const;
  return parseManifest({
    slug,
    title: slug,
    summary: 'A test',
    description: 'A test',
    version: '1',
    developer: 'Nearcade',
    licence: 'MIT',
    art: { cover: 'cover.svg', accent: '#112233' },
    command: ['/bin/true'],
    install: {},
    leaderboards,
    seats,
    input: { pointer: 'none', seats: Array.from({ length: seats }, () => seat) },
    picture: { width: 640, height: 360, fps: 60, minBitrateKbps: 400, maxBitrateKbps: 4000 },
    price: { credits: price, per: priceUnit },
    regions,
    ready: 'window',
    needs: { memoryMb: 128, cpu: 1 },
  });
}

/** A game of the platform's own with one build, on the stable channel. */
export async function newGame(seats = 2, options: GameOptions = {}): Promise<TestGame> {
  const { db } = await services();
  const manifest = testManifest(unique('game'), seats, options);
  const { slug, version } = manifest;
  await db.batch([
    db.insert(games).values(gameRow(manifest)),
    db.insert(gameBuilds).values({ ...buildRow(manifest), status: 'published', publishedAt: new Date() }),
    db.insert(gameReleases).values({ game: slug, channel: 'stable', version }),
    db.execute(showStableBuild(slug)),
  ]);
  return { slug, version };
}

export interface TestNode {
  id: string;
  bootId: string;
  token: string;
}

export interface NodeOptions {
  id?: string;
  bootId?: string;
  slots?: number;
  region?: string;
  key?: string;
  canRelay?: boolean;
}

/** What a node registers by. */
export async function registrationKey(): Promise<string> {
  const [newest] = (await services()).settings.NODE_REGISTRATION_KEY;
  if (newest === undefined) throw new Error('no key');
  return newest;
}

export async function registerNode(games: readonly TestGame[], options: NodeOptions = {}): Promise<Response> {
  const { id = unique('node'), bootId = crypto.randomUUID(), slots = 1, region = 'local', key } = options;
  const { canRelay = false } = options;
  return call('POST', '/node/v1/register', {
    token: key ?? (await registrationKey()),
    body: {
      nodeId: id,
      bootId,
      region,
      signalUrl: 'ws://127.0.0.1:1/signal',
      slots,
      version: '1',
      games,
      canRelay,
    },
  });
}

export async function newNode(games: readonly TestGame[], options: NodeOptions = {}): Promise<TestNode> {
  const { id = unique('node'), bootId = crypto.randomUUID() } = options;
  const response = await registerNode(games, { ...options, id, bootId });
  const { nodeToken } = await answerOf(registerNodeResponseSchema, response);
  return { id, bootId, token: nodeToken };
}

export function heartbeat(
  node: TestNode,
  sessions: ReadonlyArray<{ sessionId: string; epoch: number }> = [],
  state = 'ready',
  more: Partial<HeartbeatRequest> = {},
): Promise<Response> {
  const load = { cpu: 0.5, sessions: sessions.length, viewers: 0 };
  return call('POST', '/node/v1/heartbeat', { token: node.token, body: { state, load, sessions, ...more } });
}

export function create(
  player: TestPlayer,
  game: TestGame,
  key: string = crypto.randomUUID(),
  region?: string,
) {
  const body = { game: game.slug, ...(region === undefined ? {} : { region }) };
  return call('POST', '/v1/sessions', { token: player.token, body, headers: { 'Idempotency-Key': key } });
}

export function createOk(player: TestPlayer, game: TestGame, key?: string): Promise<Admission> {
  return answerOf(admissionSchema, create(player, game, key));
}

/** Asks for a game: in at once, or in the queue. */
export function enter(player: TestPlayer, game: TestGame, key?: string): Promise<Entry> {
  return answerOf(entrySchema, create(player, game, key));
}

export function join(
  player: TestPlayer,
  body: Record<string, unknown>,
  key: string = crypto.randomUUID(),
): Promise<Response> {
  return call('POST', '/v1/sessions/join', {
    token: player.token,
    body,
    headers: { 'Idempotency-Key': key },
  });
}

export function claimsOf(ticket: string): Record<string, unknown> {
  const [, payload = ''] = ticket.split('.');
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
}

type Report = NodeEvent extends infer E
  ? E extends NodeEvent
    ? Omit<E, 'id' | 'at' | 'sessionId' | 'epoch'>
    : never
  : never;

/** An event about the session that `ticket` is for. */
export function report(ticket: string, event: Report, epoch = Number(claimsOf(ticket).epoch)): NodeEvent {
  const { sessionId } = claimsOf(ticket) as { sessionId: string };
  return { id: crypto.randomUUID(), at: new Date().toISOString(), sessionId, epoch, ...event } as NodeEvent;
}

/** Hands a batch to the Worker's queue consumer; the ids of the messages that it wants again. */
export async function deliver(nodeId: string, events: readonly NodeEvent[]): Promise<string[]> {
  const messages = events.map(event => ({
    id: crypto.randomUUID(),
    timestamp: new Date(),
    attempts: 1,
    body: { nodeId, event },
  }));
  const batch = createMessageBatch<QueuedEvent>('nearcade-events', messages);
  const context = createExecutionContext();
  await worker.queue(batch, bindings);
  return (await getQueueResult(batch, context)).retryMessages.map(message => message.msgId);
}
